#include "broker/circuit_breaker.h"
#include "broker/rate_limit.h"
#include "broker/refresh_budget.h"
#include "broker/refresh_policy.h"

#include <gtest/gtest.h>

namespace evergrant::broker {

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr sys_seconds noon{seconds(1'800'000'000)};
const CircuitBreaker::time_point start{seconds(1000)};

oauth::TokenSet token_of(seconds lifetime) {
    oauth::TokenSet tokens;
    tokens.refresh_token = SecretString("r");
    tokens.lifetime = lifetime;
    tokens.expires_at = noon + lifetime;
    return tokens;
}

}  // namespace

TEST(RenewalTimeTest, of_an_hours_token_is_five_minutes_before_it_expires) {
    EXPECT_EQ(renewal_time({}, token_of(hours(1)), 0.0), noon + minutes(55));
}

TEST(RenewalTimeTest, of_a_short_token_leaves_a_quarter_of_its_life) {
    EXPECT_EQ(renewal_time({}, token_of(seconds(100)), 0.0), noon + seconds(75));
}

TEST(RenewalTimeTest, is_never_after_the_expiry_and_never_before_half_of_the_life) {
    for (const double dice : {0.0, 0.5, 0.999}) {
        const auto renewal = renewal_time({}, token_of(seconds(1000)), dice);
        EXPECT_LE(*renewal, noon + seconds(1000));
        EXPECT_GE(*renewal, noon + seconds(500));
    }
}

TEST(RenewalTimeTest, of_a_token_that_does_not_expire_is_never) {
    oauth::TokenSet tokens;

    EXPECT_FALSE(renewal_time({}, tokens, 0.5));
}

TEST(DueTimeTest, uses_an_idle_refresh_token_before_it_dies) {
    oauth::TokenSet tokens;
    tokens.refresh_token = SecretString("r");
    catalog::RefreshPolicy provider;
    provider.idle_life = std::chrono::days(100);

    EXPECT_EQ(due_time({}, provider, tokens, noon, 0.0), Instant(noon) + std::chrono::days(75));
}

TEST(DueTimeTest, is_never_without_a_refresh_token) {
    oauth::TokenSet tokens;
    tokens.expires_at = noon;

    EXPECT_FALSE(due_time({}, {}, tokens, noon, 0.0));
}

TEST(PauseTest, grows_to_its_cap_and_is_at_least_what_the_provider_asked) {
    const RefreshPolicy policy;

    EXPECT_LE(pause_after(policy, 0, std::nullopt, 0.5), seconds(1));
    EXPECT_GT(pause_after(policy, 5, std::nullopt, 0.5), seconds(16));
    EXPECT_LE(pause_after(policy, 60, std::nullopt, 0.999), seconds(900));
    EXPECT_EQ(pause_after(policy, 0, seconds(120), 0.5), seconds(120));
}

struct Verdict {
    oauth::FailureClass failure;
    storage::ConnectionStatus status;
    bool keeps_intent;
};

class ConsequenceTest : public ::testing::TestWithParam<Verdict> {};

TEST_P(ConsequenceTest, follows_the_class_of_the_failure) {
    oauth::ProviderFailure failure;
    failure.failure = GetParam().failure;
    failure.reason = "why";

    const auto result = consequence({}, failure, {}, noon, 0.5);

    EXPECT_EQ(result.status, GetParam().status);
    EXPECT_EQ(result.keep_intent, GetParam().keeps_intent);
    EXPECT_EQ(result.next_try_at.has_value(), GetParam().status != storage::ConnectionStatus::invalid);
}

INSTANTIATE_TEST_SUITE_P(
    classes, ConsequenceTest,
    ::testing::Values(Verdict{oauth::FailureClass::dead_grant, storage::ConnectionStatus::invalid, false},
                      Verdict{oauth::FailureClass::app_misconfigured, storage::ConnectionStatus::refresh_failed, false},
                      Verdict{oauth::FailureClass::request_rejected, storage::ConnectionStatus::refresh_failed, false},
                      Verdict{oauth::FailureClass::throttled, storage::ConnectionStatus::refresh_failed, false},
                      Verdict{oauth::FailureClass::not_sent, storage::ConnectionStatus::refresh_failed, false},
                      Verdict{oauth::FailureClass::provider_unavailable, storage::ConnectionStatus::refresh_failed,
                              true},
                      Verdict{oauth::FailureClass::answer_unknown, storage::ConnectionStatus::refresh_failed, true}),
    [](const auto& about) { return std::string(oauth::name_of(about.param.failure)); });

TEST(ErrorOfAFailureTest, an_answer_that_broke_or_was_too_long_is_no_time_out) {
    oauth::ProviderFailure failure;
    failure.failure = oauth::FailureClass::answer_unknown;
    failure.code = "provider_error";

    EXPECT_EQ(error_of(failure, {}).code, Errc::provider_error);
}

TEST(ErrorOfAFailureTest, an_answer_that_did_not_come_in_time_is_one) {
    oauth::ProviderFailure failure;
    failure.failure = oauth::FailureClass::answer_unknown;
    failure.code = "provider_timeout";

    EXPECT_EQ(error_of(failure, {}).code, Errc::provider_timeout);
}

TEST(CircuitBreakerTest, opens_after_failures_in_a_row_only) {
    CircuitBreaker breaker({.failures_to_open = 2});

    breaker.failed(start);
    breaker.succeeded();
    breaker.failed(start);

    EXPECT_FALSE(breaker.ask(start));
}

TEST(CircuitBreakerTest, open_keeps_callers_away_until_its_rest_is_over) {
    CircuitBreaker breaker({.failures_to_open = 1, .first_rest = milliseconds(1000)});

    breaker.failed(start);

    EXPECT_EQ(breaker.ask(start + milliseconds(400)), milliseconds(600));
}

TEST(CircuitBreakerTest, lets_one_caller_try_after_the_rest) {
    CircuitBreaker breaker({.failures_to_open = 1, .first_rest = milliseconds(1000)});
    breaker.failed(start);

    EXPECT_FALSE(breaker.ask(start + seconds(1)));
    EXPECT_TRUE(breaker.ask(start + seconds(1)));
}

TEST(CircuitBreakerTest, closes_when_the_trial_succeeds) {
    CircuitBreaker breaker({.failures_to_open = 1, .first_rest = milliseconds(1000)});
    breaker.failed(start);
    static_cast<void>(breaker.ask(start + seconds(1)));

    breaker.succeeded();

    EXPECT_FALSE(breaker.ask(start + seconds(1)));
}

TEST(CircuitBreakerTest, rests_longer_when_the_trial_fails) {
    CircuitBreaker breaker({.failures_to_open = 1, .first_rest = milliseconds(1000)});
    breaker.failed(start);
    static_cast<void>(breaker.ask(start + seconds(1)));

    breaker.failed(start + seconds(1));

    EXPECT_EQ(breaker.ask(start + seconds(1)), milliseconds(2000));
}

TEST(CircuitBreakerTest, a_trial_that_never_reports_does_not_close_the_way_for_good) {
    CircuitBreaker breaker({.failures_to_open = 1, .first_rest = milliseconds(1000), .longest_rest = seconds(30)});
    breaker.failed(start);
    static_cast<void>(breaker.ask(start + seconds(1)));

    EXPECT_FALSE(breaker.ask(start + seconds(31)));
}

TEST(RefreshBudgetTest, allows_its_number_in_a_window_and_then_says_how_long) {
    RefreshBudgets budgets;
    const ConnectionKey key{TenantId("a"), IntegrationId("b")};
    const catalog::RefreshBudget budget{.tokens = 2, .window = minutes(10)};

    EXPECT_FALSE(budgets.take(key, budget, start));
    EXPECT_FALSE(budgets.take(key, budget, start + seconds(60)));
    EXPECT_EQ(budgets.take(key, budget, start + seconds(120)), seconds(480));
    EXPECT_FALSE(budgets.take(key, budget, start + seconds(600)));
}

TEST(RefreshBudgetTest, forgets_connections_that_are_idle) {
    RefreshBudgets budgets;
    const catalog::RefreshBudget budget{.tokens = 2, .window = minutes(10)};
    static_cast<void>(budgets.take({TenantId("a"), IntegrationId("b")}, budget, start));

    static_cast<void>(budgets.take({TenantId("c"), IntegrationId("d")}, budget, start + hours(1)));

    EXPECT_EQ(budgets.size(), 1U);
}

TEST(TokenBucketTest, lets_a_burst_through_and_then_the_average) {
    TokenBucket bucket;
    const RateLimit limit{.per_second = 1, .burst = 2};

    EXPECT_FALSE(bucket.take(limit, start));
    EXPECT_FALSE(bucket.take(limit, start));
    EXPECT_EQ(bucket.take(limit, start), seconds(1));
    EXPECT_FALSE(bucket.take(limit, start + seconds(1)));
}

TEST(TokenBucketTest, zero_is_no_limit) {
    TokenBucket bucket;

    for (int i = 0; i < 100; ++i)
        EXPECT_FALSE(bucket.take({}, start));
}

namespace {

constexpr std::chrono::hours by_entry{2};
const sys_seconds obtained{std::chrono::seconds(1'800'000'000)};

oauth::TokenSet living(std::chrono::seconds lifetime) {
    oauth::TokenSet tokens;
    tokens.lifetime = lifetime;
    tokens.expires_at = obtained + lifetime;
    return tokens;
}

}  // namespace

TEST(AssumedLifeTest, is_the_entrys_until_something_is_learned) {
    EXPECT_EQ(assumed_life(by_entry, living(by_entry), false, obtained + by_entry), by_entry);
    EXPECT_EQ(assumed_life(std::nullopt, living(by_entry), true, obtained + by_entry), std::nullopt);
}

TEST(AssumedLifeTest, is_the_age_of_a_token_that_the_provider_refused_before_its_time) {
    EXPECT_EQ(assumed_life(by_entry, living(by_entry), true, obtained + std::chrono::minutes(30)),
              std::chrono::minutes(30));
}

TEST(AssumedLifeTest, stays_as_it_was_learned) {
    EXPECT_EQ(assumed_life(by_entry, living(std::chrono::minutes(30)), false, obtained + std::chrono::minutes(25)),
              std::chrono::minutes(30));
}

TEST(AssumedLifeTest, is_not_learned_from_a_token_that_ended_for_another_reason) {
    EXPECT_EQ(assumed_life(by_entry, living(by_entry), true, obtained + std::chrono::minutes(3)), by_entry);
}

}  // namespace evergrant::broker
