#include "authorizer_fixture.h"
#include "storage/revocations.h"

#include <thread>

namespace evergrant::broker {

/// Revocations that the provider does not take at once. The queue runs; the store's time is moved by hand.
class RevocationQueueTest : public AuthorizerTest {
protected:
    void SetUp() override {
        options_.revocation_times.look_for_due = std::chrono::milliseconds(5);
        AuthorizerTest::SetUp();
        broker().start();
    }

    void provider_answers(unsigned status, std::string retry_after = {}) {
        provider_.answers([status, retry_after](const net::ClientRequest&) -> Result<net::ClientAnswer> {
            return net::ClientAnswer{.status = status, .headers = {{"retry-after", retry_after}}, .body = {}};
        });
    }

    storage::RevocationsWaiting waiting() {
        return *run(storage::revocations_of(*store_).revocations_waiting(storage::ConnectionFilter()));
    }
    bool soon(const std::function<bool()>& holds) {
        const auto deadline = async::Deadline::after(std::chrono::seconds(10));
        while (!holds() && !deadline.passed())
            std::this_thread::yield();
        return holds();
    }
    std::uint64_t counted(const std::string& outcome) {
        return metrics_
            .counter("evergrant_revocations_total", "What asking a provider to revoke a grant came to",
                     {{"provider", "demo"}, {"outcome", outcome}})
            .value();
    }
};

TEST_F(RevocationQueueTest, what_is_revoked_at_once_does_not_wait) {
    add_grant();

    const auto revoked = run(use_cases().revoker.revoke(acme_demo));

    EXPECT_EQ(revoked->at_provider, RevokedAtProvider::yes);
    EXPECT_EQ(waiting().count, 0U);
}

TEST_F(RevocationQueueTest, a_provider_that_refuses_for_now_is_asked_again_until_it_revokes) {
    add_grant();
    provider_answers(429, "1");
    EXPECT_EQ(run(use_cases().revoker.revoke(acme_demo))->at_provider, RevokedAtProvider::no);
    ASSERT_EQ(waiting().count, 1U);

    provider_answers(200);
    clock_.advance(std::chrono::minutes(1));

    EXPECT_TRUE(soon([this] { return waiting().count == 0; }));
    EXPECT_NE(provider_.bodies().back().find("token=refresh-1"), std::string::npos);
    EXPECT_EQ(counted("revoked"), 1U);
}

TEST_F(RevocationQueueTest, it_is_not_asked_before_the_time_that_it_named) {
    add_grant();
    provider_answers(429, "3600");
    ASSERT_TRUE(run(use_cases().revoker.revoke(acme_demo)));
    const std::size_t asked = count_revocations();

    clock_.advance(std::chrono::minutes(59));
    const auto due = run(storage::revocations_of(*store_).claim_revocations(std::chrono::milliseconds(1), 10));

    EXPECT_TRUE(due->empty());
    EXPECT_EQ(count_revocations(), asked);
    clock_.advance(std::chrono::minutes(2));
    EXPECT_TRUE(soon([this, asked] { return count_revocations() > asked; }));
}

TEST_F(RevocationQueueTest, a_provider_that_asked_for_patience_is_not_asked_for_another_connection_either) {
    add_grant();
    provider_answers(429, "3600");
    ASSERT_TRUE(run(use_cases().revoker.revoke(acme_demo)));
    add_grant();
    const std::size_t asked = count_revocations();

    EXPECT_EQ(run(use_cases().revoker.revoke(acme_demo))->at_provider, RevokedAtProvider::no);

    EXPECT_EQ(count_revocations(), asked);
    EXPECT_EQ(waiting().count, 2U);
}

TEST_F(RevocationQueueTest, after_three_days_it_is_given_up) {
    add_grant();
    provider_answers(403);
    ASSERT_TRUE(run(use_cases().revoker.revoke(acme_demo)));

    clock_.advance(std::chrono::hours(73));

    EXPECT_TRUE(soon([this] { return waiting().count == 0; }));
    EXPECT_EQ(counted("given_up"), 1U);
}

}  // namespace evergrant::broker
