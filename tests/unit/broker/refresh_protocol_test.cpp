#include "broker/refresh_protocol.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace evergrant::broker {

namespace {

using namespace refresh_action;
using namespace refresh_event;
using catalog::RefreshPolicyKind;
using oauth::FailureClass;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Instant noon{seconds(1'800'000'000)};
const ConnectionKey key{TenantId("acme"), IntegrationId("demo")};

oauth::ProviderFailure failed(FailureClass failure) {
    oauth::ProviderFailure reason;
    reason.failure = failure;
    reason.reason = "The provider says no.";
    return reason;
}

oauth::TokenSet granted(const std::string& refresh_token) {
    oauth::TokenSet tokens;
    tokens.access_token = SecretString("access-of-" + refresh_token);
    tokens.refresh_token = SecretString(refresh_token);
    tokens.lifetime = minutes(60);
    tokens.expires_at = std::chrono::floor<seconds>(noon) + minutes(60);
    return tokens;
}

}  // namespace

/// A refresh whose steady clock, time of day and answers are the test's.
class RefreshProtocolTest : public ::testing::Test {
protected:
    /// The store's row: generation 4 with refresh-4.
    static storage::Connection row(storage::Generation generation = 4) {
        storage::Connection connection;
        connection.summary.key = key;
        connection.summary.generation = generation;
        connection.summary.renewable = true;
        connection.tokens = granted("refresh-" + std::to_string(generation));
        return connection;
    }

    Moment at() const { return {wall_, SteadyTime(steady_), 0.5}; }
    void passes(milliseconds time) {
        steady_ += time;
        wall_ += time;
    }

    template <class Expected>
    Expected take(RefreshAction action) {
        auto* expected = std::get_if<Expected>(&action);
        if (expected == nullptr)
            throw std::logic_error("another action: number " + std::to_string(action.index()));
        return std::move(*expected);
    }

    RefreshAction lease_answered(unsigned attempts = 1) {
        storage::LeaseTaken taken;
        taken.connection = row();
        if (replaced_)
            taken.connection.tokens.replaced = oauth::ReplacedToken{SecretString("refresh-3"), *replaced_};
        taken.connection.summary.intent = storage::Intent{4, store_clock(), "us", attempts};
        taken.lease = {key, "us", 4, store_clock() + RefreshTimes().lease};
        return protocol_.next(LeaseAnswered{storage::LeaseAnswer(std::move(taken))}, at());
    }

    /// Up to the point at which the lease has been asked for.
    TakeLease ask_for_lease(RefreshPolicyKind kind = RefreshPolicyKind::rotates_strictly) {
        catalog::RefreshPolicy policy;
        policy.kind = kind;
        policy.grace = seconds(60);
        take<Look>(protocol_.next(Begun{}, at()));
        take<Prepare>(protocol_.next(Looked{row()}, at()));
        return take<TakeLease>(protocol_.next(Prepared{policy}, at()));
    }

    Complete answered(const std::string& refresh_token) {
        return take<Complete>(protocol_.next(Answered{granted(refresh_token)}, at()));
    }
    RefreshAction answered(FailureClass failure) {
        return protocol_.next(Answered{std::unexpected(failed(failure))}, at());
    }

    /// What the store's clock says; the replica's own is an hour wrong.
    Instant store_clock() const { return noon + steady_ - seconds(1000); }

    milliseconds steady_{seconds(1000)};
    Instant wall_ = noon + minutes(60);
    std::optional<Instant> replaced_;
    RefreshProtocol protocol_{{key, 4, "us", {}, {}}};
};

TEST_F(RefreshProtocolTest, a_refresh_looks_prepares_takes_the_lease_sends_writes_and_is_done) {
    ask_for_lease();
    const auto send = take<Send>(lease_answered());
    const auto complete = answered("refresh-5");
    const auto done = take<Done>(protocol_.next(Written{true}, at()));

    EXPECT_EQ(send.refresh_token.reveal(), "refresh-4");
    EXPECT_EQ(complete.refreshed.lease.generation, 4U);
    EXPECT_EQ(done.outcome->connection.summary.generation, 5U);
    EXPECT_EQ(done.outcome->connection.tokens.access_token.reveal(), "access-of-refresh-5");
}

TEST_F(RefreshProtocolTest, the_lease_counts_from_before_it_was_asked_for) {
    ask_for_lease();
    passes(seconds(40));

    const auto send = take<Send>(lease_answered());

    EXPECT_EQ(send.not_after, SteadyTime(seconds(1000) + seconds(60) - seconds(5)));
}

TEST_F(RefreshProtocolTest, who_was_stopped_past_the_lease_does_not_send) {
    ask_for_lease();
    passes(seconds(61));

    const auto recorded = lease_answered();

    EXPECT_TRUE(std::holds_alternative<Look>(recorded));
}

TEST_F(RefreshProtocolTest, who_has_too_little_left_of_the_lease_does_not_send_and_says_so) {
    ask_for_lease();
    passes(seconds(48));

    const auto recorded = take<RecordFailure>(lease_answered());

    EXPECT_EQ(recorded.reason.failure, FailureClass::not_sent);
    EXPECT_FALSE(recorded.consequence.keep_intent);
}

TEST_F(RefreshProtocolTest, a_time_of_day_that_is_minutes_wrong_changes_nothing) {
    for (const auto wrong : {minutes(-10), minutes(10)}) {
        protocol_ = RefreshProtocol({key, 4, "us", {}, {}});
        wall_ = noon + wrong;
        ask_for_lease();
        wall_ -= wrong * 2;

        EXPECT_TRUE(std::holds_alternative<Send>(lease_answered()));
    }
}

TEST_F(RefreshProtocolTest, a_lost_renewal_does_not_end_the_right_to_write) {
    ask_for_lease();
    take<Send>(lease_answered());
    passes(seconds(10));
    protocol_.renewed(false, SteadyTime(steady_));

    const auto complete = answered("refresh-5");

    EXPECT_EQ(complete.refreshed.tokens.refresh_token.reveal(), "refresh-5");
}

TEST_F(RefreshProtocolTest, while_another_holds_the_lease_it_looks_away_for_longer_each_time) {
    ask_for_lease();
    std::vector<milliseconds> pauses;
    for (int i = 0; i < 6; ++i) {
        const auto wait = take<Wait>(protocol_.next(LeaseAnswered{storage::LeaseHeld{}}, at()));
        pauses.push_back(wait.pause);
        passes(wait.pause);
        take<Look>(protocol_.next(Woken(), at()));
        take<TakeLease>(protocol_.next(Looked{row()}, at()));
    }

    EXPECT_EQ(pauses, (std::vector{milliseconds(50), milliseconds(100), milliseconds(200), milliseconds(400),
                                   milliseconds(500), milliseconds(500)}));
}

TEST_F(RefreshProtocolTest, what_the_other_has_written_meanwhile_is_used) {
    ask_for_lease();
    take<Wait>(protocol_.next(LeaseAnswered{storage::LeaseHeld{}}, at()));
    take<Look>(protocol_.next(Woken(), at()));

    const auto done = take<Done>(protocol_.next(Looked{row(5)}, at()));

    EXPECT_EQ(done.outcome->connection.summary.generation, 5U);
}

TEST_F(RefreshProtocolTest, the_pause_after_the_others_failure_is_kept) {
    ask_for_lease();
    take<Wait>(protocol_.next(LeaseAnswered{storage::LeaseHeld{}}, at()));
    take<Look>(protocol_.next(Woken(), at()));
    auto resting = row();
    resting.summary.status = storage::ConnectionStatus::refresh_failed;
    resting.summary.next_try_at = wall_ + seconds(9);

    const auto done = take<Done>(protocol_.next(Looked{std::move(resting)}, at()));

    EXPECT_EQ(done.outcome->failure->code, "resting");
}

TEST_F(RefreshProtocolTest, what_the_store_offers_as_due_is_not_held_up_by_a_clock_of_ours_that_is_behind) {
    auto due = row();
    due.summary.status = storage::ConnectionStatus::refresh_failed;
    due.summary.next_try_at = wall_ + seconds(9);
    RefreshProtocol claimed({key, 4, "us", {}, {}, true});
    take<Look>(claimed.next(Begun{}, at()));

    take<Prepare>(claimed.next(Looked{std::move(due)}, at()));
}

TEST_F(RefreshProtocolTest, patience_with_another_holder_ends) {
    ask_for_lease();
    take<Wait>(protocol_.next(LeaseAnswered{storage::LeaseHeld{}}, at()));
    passes(seconds(30));
    take<Look>(protocol_.next(Woken(), at()));
    take<TakeLease>(protocol_.next(Looked{row()}, at()));

    const auto done = take<Done>(protocol_.next(LeaseAnswered{storage::LeaseHeld{}}, at()));

    EXPECT_EQ(done.outcome.error().code, Errc::provider_timeout);
}

TEST_F(RefreshProtocolTest, a_late_write_that_is_refused_uses_what_is_there) {
    ask_for_lease();
    take<Send>(lease_answered());
    answered("refresh-5");
    take<Look>(protocol_.next(Written{false}, at()));

    const auto done = take<Done>(protocol_.next(Looked{row(5)}, at()));

    EXPECT_EQ(done.outcome->connection.tokens.access_token.reveal(), "access-of-refresh-5");
}

TEST_F(RefreshProtocolTest, a_late_write_that_another_holder_keeps_out_for_now_is_rescued) {
    ask_for_lease();
    take<Send>(lease_answered());
    answered("refresh-5");
    take<Look>(protocol_.next(Written{false}, at()));

    const auto keep = take<Keep>(protocol_.next(Looked{row()}, at()));

    EXPECT_EQ(keep.refreshed.tokens.refresh_token.reveal(), "refresh-5");
}

TEST_F(RefreshProtocolTest, a_write_that_is_refused_over_an_older_generation_is_kept_for_later) {
    ask_for_lease();
    take<Send>(lease_answered());
    answered("refresh-5");
    take<Look>(protocol_.next(Written{false}, at()));

    const auto keep = take<Keep>(protocol_.next(Looked{row(3)}, at()));

    EXPECT_EQ(keep.refreshed.tokens.refresh_token.reveal(), "refresh-5");
}

TEST_F(RefreshProtocolTest, a_token_set_whose_connection_was_removed_meanwhile_is_handed_over_to_be_revoked) {
    ask_for_lease();
    take<Send>(lease_answered());
    answered("refresh-5");
    take<Look>(protocol_.next(Written{false}, at()));

    const auto done = take<Done>(protocol_.next(Looked{std::optional<storage::Connection>()}, at()));

    EXPECT_EQ(done.outcome.error().code, Errc::no_connection);
    ASSERT_TRUE(done.orphan);
    EXPECT_EQ(done.orphan->summary.key, key);
    EXPECT_EQ(done.orphan->tokens.refresh_token.reveal(), "refresh-5");
}

TEST_F(RefreshProtocolTest, the_next_try_is_recorded_by_the_stores_clock) {
    ask_for_lease();
    take<Send>(lease_answered());
    passes(seconds(2));

    const auto record = take<RecordFailure>(answered(FailureClass::provider_unavailable));

    const auto pause = *record.consequence.next_try_at - store_clock();
    EXPECT_GT(pause, milliseconds(0));
    EXPECT_LT(pause, minutes(30));
}

TEST_F(RefreshProtocolTest, the_next_refresh_is_due_by_the_stores_clock) {
    ask_for_lease();
    take<Send>(lease_answered());

    const auto complete = answered("refresh-5");

    // It lives 60 minutes by a clock that is an hour ahead.
    EXPECT_LT(*complete.refreshed.refresh_due_at, store_clock());
}

TEST_F(RefreshProtocolTest, what_is_neither_written_nor_journalled_is_not_handed_out) {
    ask_for_lease();
    take<Send>(lease_answered());
    answered("refresh-5");
    take<Keep>(protocol_.next(Written{failure(Errc::store_unavailable, "away")}, at()));

    const auto done = take<Done>(protocol_.next(Kept{false}, at()));

    EXPECT_EQ(done.outcome.error().code, Errc::store_unavailable);
}

TEST_F(RefreshProtocolTest, a_failure_that_may_pass_is_not_recorded_past_the_lease) {
    ask_for_lease();
    take<Send>(lease_answered());
    passes(seconds(70));
    take<Look>(answered(FailureClass::answer_unknown));
    auto dead = row();
    dead.summary.status = storage::ConnectionStatus::invalid;

    const auto done = take<Done>(protocol_.next(Looked{std::move(dead)}, at()));

    EXPECT_EQ(done.outcome->connection.summary.status, storage::ConnectionStatus::invalid);
}

TEST_F(RefreshProtocolTest, a_verdict_that_another_holder_keeps_out_waits_for_what_that_one_finds) {
    ask_for_lease();
    take<Send>(lease_answered());
    take<RecordFailure>(answered(FailureClass::dead_grant));
    take<Look>(protocol_.next(Recorded{false}, at()));

    take<Wait>(protocol_.next(Looked{row()}, at()));
    take<Look>(protocol_.next(Woken(), at()));
    const auto done = take<Done>(protocol_.next(Looked{row(5)}, at()));

    EXPECT_FALSE(done.outcome->failure);
}

// The token before.

TEST_F(RefreshProtocolTest, in_doubt_with_grace_the_token_before_is_kept_with_the_stores_time) {
    ask_for_lease(RefreshPolicyKind::rotates_with_grace);
    take<Send>(lease_answered(2));
    passes(seconds(2));

    const auto complete = answered("refresh-5");

    ASSERT_TRUE(complete.refreshed.tokens.replaced);
    EXPECT_EQ(complete.refreshed.tokens.replaced->refresh_token.reveal(), "refresh-4");
    EXPECT_EQ(complete.refreshed.tokens.replaced->at, store_clock());
}

TEST_F(RefreshProtocolTest, without_doubt_or_without_grace_the_token_before_is_not_kept) {
    ask_for_lease(RefreshPolicyKind::rotates_with_grace);
    take<Send>(lease_answered(1));
    EXPECT_FALSE(answered("refresh-5").refreshed.tokens.replaced);

    protocol_ = RefreshProtocol({key, 4, "us", {}, {}});
    ask_for_lease(RefreshPolicyKind::rotates_strictly);
    take<Send>(lease_answered(2));
    EXPECT_FALSE(answered("refresh-5").refreshed.tokens.replaced);
}

TEST_F(RefreshProtocolTest, an_answer_that_comes_past_the_lease_or_is_rescued_is_in_doubt) {
    ask_for_lease(RefreshPolicyKind::rotates_with_grace);
    take<Send>(lease_answered());
    passes(seconds(70));
    EXPECT_TRUE(answered("refresh-5").refreshed.tokens.replaced);

    protocol_ = RefreshProtocol({key, 4, "us", {}, {}});
    ask_for_lease(RefreshPolicyKind::rotates_with_grace);
    take<Send>(lease_answered());
    EXPECT_FALSE(answered("refresh-5").refreshed.tokens.replaced);
    const auto keep = take<Keep>(protocol_.next(Written{failure(Errc::store_unavailable, "away")}, at()));
    EXPECT_TRUE(keep.refreshed.tokens.replaced);
}

TEST_F(RefreshProtocolTest, within_the_grace_the_token_before_is_tried_under_a_lease_of_its_own) {
    replaced_ = store_clock() - seconds(30);
    ask_for_lease(RefreshPolicyKind::rotates_with_grace);
    take<Send>(lease_answered());

    const auto again = take<TakeLease>(answered(FailureClass::dead_grant));
    const auto send = take<Send>(lease_answered(2));
    const auto complete = answered("refresh-5");

    EXPECT_EQ(again.request.newer_than, 4U);
    EXPECT_EQ(send.refresh_token.reveal(), "refresh-3");
    EXPECT_EQ(complete.refreshed.tokens.replaced->refresh_token.reveal(), "refresh-3");
}

TEST_F(RefreshProtocolTest, the_token_before_is_tried_once) {
    replaced_ = store_clock() - seconds(30);
    ask_for_lease(RefreshPolicyKind::rotates_with_grace);
    take<Send>(lease_answered());
    take<TakeLease>(answered(FailureClass::dead_grant));
    take<Send>(lease_answered(2));

    const auto recorded = take<RecordFailure>(answered(FailureClass::dead_grant));

    EXPECT_EQ(recorded.consequence.status, storage::ConnectionStatus::invalid);
    EXPECT_EQ(recorded.consequence.error, "The provider says no.");
}

TEST_F(RefreshProtocolTest, an_unknown_answer_to_the_token_before_leaves_the_doubt) {
    replaced_ = store_clock() - seconds(30);
    ask_for_lease(RefreshPolicyKind::rotates_with_grace);
    take<Send>(lease_answered());
    take<TakeLease>(answered(FailureClass::dead_grant));
    take<Send>(lease_answered(2));

    const auto recorded = take<RecordFailure>(answered(FailureClass::not_sent));

    EXPECT_TRUE(recorded.consequence.keep_intent);
    EXPECT_EQ(recorded.consequence.status, storage::ConnectionStatus::refresh_failed);
}

TEST_F(RefreshProtocolTest, after_the_grace_the_token_before_is_left_alone) {
    replaced_ = store_clock() - seconds(60);
    ask_for_lease(RefreshPolicyKind::rotates_with_grace);
    take<Send>(lease_answered());

    const auto recorded = take<RecordFailure>(answered(FailureClass::dead_grant));

    EXPECT_EQ(recorded.consequence.status, storage::ConnectionStatus::invalid);
}

TEST_F(RefreshProtocolTest, the_token_before_is_handed_to_nobody) {
    auto refreshed = row(5);
    refreshed.tokens.replaced = oauth::ReplacedToken{SecretString("refresh-4"), noon};
    take<Look>(protocol_.next(Begun{}, at()));

    const auto done = take<Done>(protocol_.next(Looked{std::move(refreshed)}, at()));

    EXPECT_FALSE(done.outcome->connection.tokens.replaced);
}

TEST(LeaseOwnerTest, has_another_name_after_a_failure_that_may_yet_be_recorded) {
    LeaseOwner owner("us");
    const std::string before = owner.name();

    owner.change();

    EXPECT_EQ(before, "us");
    EXPECT_NE(owner.name(), before);
}

}  // namespace evergrant::broker
