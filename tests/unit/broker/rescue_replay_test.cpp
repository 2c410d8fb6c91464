// What an earlier process left in the rescue journal is written before anything is refreshed, and never given up while
// it may still be the only copy.
#include "stage.h"

namespace evergrant::broker {
namespace {

class RescueReplayTest : public Stage {
protected:
    storage::Lease lease_of(const std::string& owner, std::chrono::milliseconds duration) {
        storage::LeaseRequest request;
        request.key = acme_demo;
        request.owner = owner;
        request.duration = duration;
        auto answer = run(store_->take_lease(std::move(request))).value();
        return std::get<storage::LeaseTaken>(answer).lease;
    }

    storage::RefreshedGrant rescued_under(const storage::Lease& lease) {
        storage::RefreshedGrant rescued;
        rescued.lease = lease;
        rescued.tokens.access_token = SecretString("token-2");
        rescued.tokens.refresh_token = SecretString("refresh-2");
        rescued.tokens.expires_at = clock_.now_seconds() + std::chrono::hours(1);
        rescued.tokens.lifetime = std::chrono::hours(1);
        return rescued;
    }

    void wait_until_nothing_waits() {
        const auto deadline = async::Deadline::after(std::chrono::seconds(10));
        while (broker().rescue().waiting() > 0 && !deadline.passed())
            std::this_thread::yield();
    }
};

TEST_F(RescueReplayTest, a_token_set_left_by_an_earlier_process_is_written_at_start) {
    add_tenant();
    add_grant();
    ASSERT_TRUE(journal_->append(rescued_under(lease_of("dead process", std::chrono::milliseconds(1)))));
    clock_.advance(std::chrono::seconds(1));

    ASSERT_TRUE(run(broker().recover()));

    EXPECT_EQ(stored().tokens.access_token.reveal(), "token-2");
    EXPECT_EQ(journal_->size(), 0U);
}

TEST_F(RescueReplayTest, one_that_another_holder_keeps_out_for_now_is_kept_and_written_when_that_one_has_ended) {
    add_tenant();
    add_grant();
    const storage::Lease ours = lease_of("dead process", std::chrono::milliseconds(1));
    clock_.advance(std::chrono::seconds(1));
    lease_of("another replica", std::chrono::minutes(1));
    ASSERT_TRUE(journal_->append(rescued_under(ours)));

    ASSERT_TRUE(run(broker().recover()));
    const std::size_t kept = journal_->size();
    const std::size_t waiting = broker().rescue().waiting();
    clock_.advance(std::chrono::minutes(2));
    wait_until_nothing_waits();

    EXPECT_EQ(kept, 1U);
    EXPECT_EQ(waiting, 1U);
    EXPECT_EQ(stored().tokens.access_token.reveal(), "token-2");
}

TEST_F(RescueReplayTest, one_that_a_newer_grant_has_replaced_is_forgotten) {
    add_tenant();
    add_grant();
    ASSERT_TRUE(journal_->append(rescued_under(lease_of("dead process", std::chrono::milliseconds(1)))));
    add_grant(std::chrono::hours(1), "refresh-new");

    ASSERT_TRUE(run(broker().recover()));

    EXPECT_EQ(stored().tokens.refresh_token.reveal(), "refresh-new");
    EXPECT_EQ(journal_->size(), 0U);
    EXPECT_EQ(broker().rescue().waiting(), 0U);
}

}  // namespace
}  // namespace evergrant::broker
