#include "broker/budgets.h"

#include "fleet_fakes.h"
#include "stage.h"
#include "switched_store.h"

namespace evergrant::broker {
namespace {

using std::chrono::seconds;

class BudgetsTest : public Stage {
protected:
    static catalog::Provider provider(catalog::Budgets budgets) {
        catalog::Provider made;
        made.id = ProviderId("demo");
        made.budgets = budgets;
        return made;
    }

    Budgets::Parts parts(storage::Store& store, cache::SharedCache* shared) {
        return {.shard = shards_[0], .store = store, .shared = shared, .clock = clock_, .metrics = metrics_};
    }

    /// Of so many refreshes, how many are let through.
    std::size_t let_through(Budgets& budgets, const catalog::Provider& provider, int tries,
                            const std::string& client = "our-client") {
        std::size_t count = 0;
        for (int index = 0; index < tries; ++index)
            count += run(budgets.take(&provider, acme_demo, client)).has_value();
        return count;
    }

    evergrant::testing::FakeSharedCache shared_;
};

TEST_F(BudgetsTest, replicas_together_let_through_no_more_than_the_provider_bears) {
    const auto demo = provider({.provider = catalog::RateBudget{40, seconds(60)}, .app = {}});
    Budgets one(parts(*store_, nullptr));
    Budgets another(parts(*store_, nullptr));

    const std::size_t by_one = let_through(one, demo, 25);
    const std::size_t by_another = let_through(another, demo, 60);

    EXPECT_EQ(by_one, 25U);
    EXPECT_GE(by_another, 10U);
    EXPECT_LE(by_one + by_another, 40U);
}

TEST_F(BudgetsTest, the_shared_cache_counts_where_there_is_one) {
    const auto demo = provider({.provider = catalog::RateBudget{32, seconds(60)}, .app = {}});
    evergrant::testing::SwitchedStore store(*store_);
    store.away = true;
    Budgets one(parts(store, &shared_));
    Budgets another(parts(store, &shared_));

    EXPECT_EQ(let_through(one, demo, 20) + let_through(another, demo, 20), 32U);
}

TEST_F(BudgetsTest, the_store_counts_when_the_shared_cache_does_not_answer) {
    const auto demo = provider({.provider = catalog::RateBudget{8, seconds(60)}, .app = {}});
    shared_.counts = false;
    Budgets one(parts(*store_, &shared_));
    Budgets another(parts(*store_, &shared_));

    EXPECT_EQ(let_through(one, demo, 8) + let_through(another, demo, 8), 8U);
}

TEST_F(BudgetsTest, when_nobody_counts_one_part_is_allowed_in_a_window) {
    const auto demo = provider({.provider = catalog::RateBudget{160, seconds(60)}, .app = {}});
    evergrant::testing::SwitchedStore store(*store_);
    store.away = true;
    Budgets budgets(parts(store, nullptr));

    const std::size_t in_this_window = let_through(budgets, demo, 50);
    clock_.advance(seconds(60));

    EXPECT_EQ(in_this_window, 10U);
    EXPECT_EQ(let_through(budgets, demo, 50), 10U);
}

TEST_F(BudgetsTest, a_refusal_says_when_there_is_more) {
    const auto demo = provider({.provider = catalog::RateBudget{1, seconds(60)}, .app = {}});
    Budgets budgets(parts(*store_, nullptr));
    static_cast<void>(let_through(budgets, demo, 1));

    const auto refused = run(budgets.take(&demo, acme_demo, "our-client"));
    clock_.advance(*refused.error().retry_after);

    EXPECT_EQ(refused.error().code, Errc::rate_limited);
    EXPECT_LE(*refused.error().retry_after, seconds(60));
    EXPECT_EQ(let_through(budgets, demo, 1), 1U);
}

TEST_F(BudgetsTest, each_app_has_a_budget_of_its_own) {
    const auto demo = provider({.provider = {}, .app = catalog::RateBudget{2, seconds(60)}});
    Budgets budgets(parts(*store_, nullptr));

    EXPECT_EQ(let_through(budgets, demo, 5, "one"), 2U);
    EXPECT_EQ(let_through(budgets, demo, 5, "another"), 2U);
}

TEST_F(BudgetsTest, a_connection_has_its_budget_at_all_replicas_together) {
    auto demo = provider({});
    demo.refresh_budget = catalog::RefreshBudget{3, seconds(60)};
    Budgets one(parts(*store_, nullptr));
    Budgets another(parts(*store_, nullptr));

    EXPECT_EQ(let_through(one, demo, 2) + let_through(another, demo, 5), 3U);
}

TEST_F(BudgetsTest, what_was_taken_for_a_refresh_that_did_not_begin_is_given_back) {
    auto demo = provider({});
    demo.refresh_budget = catalog::RefreshBudget{3, seconds(60)};
    Budgets budgets(parts(*store_, nullptr));
    ASSERT_EQ(let_through(budgets, demo, 3), 3U);

    budgets.give_back(demo, acme_demo, "our-client");

    EXPECT_EQ(let_through(budgets, demo, 5), 1U);
}

TEST_F(BudgetsTest, a_read_is_served_the_valid_token_when_the_budget_is_used_up) {
    ASSERT_TRUE(catalog_
                    .add(std::string(demo_provider).replace(4, 4, "slim") +
                             "budgets: {provider: {requests: 1, seconds: 86400}}\n",
                         "slim.yaml")
                    .empty());
    add_tenant();
    CredentialsGiven given;
    given.provider = "slim";
    given.client_id = "our-client";
    given.client_secrets.emplace_back("our-secret");
    ASSERT_TRUE(run(use_cases().administration.save_credentials(std::move(given))));
    storage::NewGrant grant;
    grant.key = acme_demo;
    grant.provider = ProviderId("slim");
    grant.tokens.access_token = SecretString("token-1");
    grant.tokens.refresh_token = SecretString("refresh-1");
    grant.tokens.lifetime = std::chrono::hours(1);
    grant.tokens.expires_at = clock_.now_seconds() + std::chrono::minutes(59);
    ASSERT_TRUE(run(store_->save_grant(std::move(grant))));
    ASSERT_TRUE(read({}, true));
    clock_.advance(std::chrono::minutes(1));

    const auto token = read({}, true);

    ASSERT_TRUE(token);
    EXPECT_EQ((*token)->access_token.reveal(), "token-2");
    EXPECT_TRUE((*token)->degraded);
    EXPECT_EQ(provider_.requests(), 1U);
}

TEST_F(BudgetsTest, calls_of_an_api_have_budgets_apart_from_refreshes) {
    const auto demo =
        provider({.provider = catalog::RateBudget{1, seconds(60)}, .calls = catalog::RateBudget{3, seconds(60)}});
    Budgets budgets(parts(*store_, nullptr));

    std::size_t calls = 0;
    for (int index = 0; index < 10; ++index)
        calls += run(budgets.take_call(&demo, acme_demo)).has_value();

    EXPECT_EQ(calls, 3U);
    EXPECT_EQ(let_through(budgets, demo, 3), 1U);
}

TEST_F(BudgetsTest, one_connection_cannot_use_up_the_calls_of_another) {
    const auto demo = provider({.connection_calls = catalog::RateBudget{2, seconds(60)}});
    Budgets budgets(parts(*store_, nullptr));
    for (int index = 0; index < 5; ++index)
        static_cast<void>(run(budgets.take_call(&demo, acme_demo)));

    EXPECT_FALSE(run(budgets.take_call(&demo, acme_demo)));
    EXPECT_TRUE(run(budgets.take_call(&demo, ConnectionKey{TenantId("globex"), IntegrationId("demo")})));
}

}  // namespace
}  // namespace evergrant::broker
