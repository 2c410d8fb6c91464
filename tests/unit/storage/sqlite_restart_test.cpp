// What a start of the embedded engine makes of the claims and leases of the process before it.
#include "sqlite_test.h"

namespace evergrant::storage {

namespace {

class SqliteRestartTest : public SqliteTest {
protected:
    static DueClaim claim_by(const std::string& owner, bool abandoned_only) {
        return {owner, std::chrono::minutes(1), 10, abandoned_only};
    }
    std::vector<ConnectionKey> offered(DueClaim claim) {
        std::vector<ConnectionKey> keys;
        for (DueConnection& due : ask(store().claim_due_connections(std::move(claim))))
            keys.push_back(std::move(due.key));
        return keys;
    }
    Lease leased(std::chrono::milliseconds duration) {
        return std::get<LeaseTaken>(ask(store().take_lease({some_key, "one", duration, 0}))).lease;
    }
};

}  // namespace

TEST_F(SqliteRestartTest, a_refresh_under_way_when_the_process_died_is_abandoned_at_once) {
    ask(store().save_grant(some_grant()));
    leased(std::chrono::hours(1));

    engine_.restart();

    EXPECT_EQ(offered(claim_by("two", true)), std::vector<ConnectionKey>{some_key});
}

TEST_F(SqliteRestartTest, a_restart_breaks_the_lease_and_keeps_the_intent) {
    ask(store().save_grant(some_grant()));
    leased(std::chrono::hours(1));

    engine_.restart();

    const auto taken = ask(store().take_lease({some_key, "two", std::chrono::hours(1), 0}));
    EXPECT_EQ(std::get<LeaseTaken>(taken).connection.summary.intent->attempts, 2U);
}

TEST_F(SqliteRestartTest, it_stays_abandoned_if_that_process_dies_too) {
    ask(store().save_grant(some_grant()));
    leased(std::chrono::hours(1));
    engine_.restart();
    ask(store().claim_due_connections(claim_by("two", true)));

    engine_.restart();

    EXPECT_EQ(offered(claim_by("three", true)), std::vector<ConnectionKey>{some_key});
}

TEST_F(SqliteRestartTest, what_an_earlier_process_claimed_is_offered_at_once) {
    NewGrant grant = some_grant();
    grant.refresh_due_at = clock_.now();
    ask(store().save_grant(std::move(grant)));
    ask(store().claim_due_connections(claim_by("one", false)));

    engine_.restart();

    EXPECT_EQ(offered(claim_by("two", false)), std::vector<ConnectionKey>{some_key});
}

}  // namespace evergrant::storage
