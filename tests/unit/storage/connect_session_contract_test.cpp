#include "connect_session_contract.h"

namespace evergrant::storage {

TEST_P(ConnectSessionContract, what_is_found_is_what_was_saved) {
    add_session();

    const auto session = found();

    ASSERT_TRUE(session);
    EXPECT_EQ(session->tenant, TenantId("acme"));
    EXPECT_EQ(session->providers, (std::vector{ProviderId("zoho_crm"), ProviderId("shopify")}));
    EXPECT_EQ(session->integration, IntegrationId("crm"));
    EXPECT_EQ(session->scopes, (std::vector<std::string>{"read", "write"}));
    EXPECT_EQ(session->return_origin, "https://app.example");
    EXPECT_EQ(session->created_by, "key-1");
    EXPECT_EQ(session->may_replace, std::vector{ProviderId("shopify")});
    EXPECT_EQ(session->browser_hash, "");
    EXPECT_EQ(session->outcome, ConnectOutcome::pending);
    EXPECT_EQ(session->created_at, clock_.now());
    EXPECT_EQ(session->expires_at, clock_.now() + std::chrono::minutes(30));
}

TEST_P(ConnectSessionContract, none_is_made_for_a_tenant_that_there_is_not) {
    EXPECT_EQ(refusal(sessions().save_connect_session(some_session())), Errc::tenant_not_found);
}

TEST_P(ConnectSessionContract, an_unknown_one_is_nothing) {
    EXPECT_FALSE(found());
}

TEST_P(ConnectSessionContract, the_first_browser_has_it_and_no_other_gets_it) {
    add_session();

    EXPECT_TRUE(bound("browser-1"));
    EXPECT_FALSE(bound("browser-2"));
    EXPECT_EQ(found()->browser_hash, "browser-1");
}

TEST_P(ConnectSessionContract, of_fifty_browsers_at_once_one_gets_it) {
    add_session();
    std::vector<Task<Result<bool>>> calls;
    for (int i = 0; i < 50; ++i)
        calls.push_back(sessions().bind_connect_session(std::string(id), "browser-" + std::to_string(i), clock_.now()));

    const auto answers = ask_all(std::move(calls));

    EXPECT_EQ(std::ranges::count(answers, true), 1);
}

TEST_P(ConnectSessionContract, one_whose_time_is_over_is_neither_bound_nor_begun) {
    add_session();
    clock_.advance(std::chrono::minutes(30));

    EXPECT_FALSE(bound("browser-1"));
    EXPECT_FALSE(begun());
}

TEST_P(ConnectSessionContract, is_found_by_the_authorization_that_is_under_way) {
    add_session();

    ASSERT_TRUE(begun());

    const auto session = ask(sessions().find_connect_session_of(std::string(state)));
    ASSERT_TRUE(session);
    EXPECT_EQ(session->id, id);
    EXPECT_EQ(session->provider, ProviderId("shopify"));
}

TEST_P(ConnectSessionContract, none_is_found_by_no_authorization) {
    add_session();

    EXPECT_FALSE(ask(sessions().find_connect_session_of("")));
}

TEST_P(ConnectSessionContract, what_came_of_it_is_told_once) {
    add_session();
    ASSERT_TRUE(begun());

    EXPECT_TRUE(ended(ConnectOutcome::failed, "authorization_denied"));
    EXPECT_FALSE(ended(ConnectOutcome::connected));
    EXPECT_EQ(found()->outcome, ConnectOutcome::failed);
    EXPECT_EQ(found()->error, "authorization_denied");
}

TEST_P(ConnectSessionContract, an_authorization_that_another_replaced_tells_nothing) {
    add_session();
    ASSERT_TRUE(begun("state-1"));
    ASSERT_TRUE(begun("state-2"));

    EXPECT_FALSE(ended(ConnectOutcome::failed, "provider_error", "state-1"));
    EXPECT_EQ(found()->outcome, ConnectOutcome::pending);
}

TEST_P(ConnectSessionContract, one_that_failed_is_begun_again) {
    add_session();
    ASSERT_TRUE(begun("state-1"));
    ASSERT_TRUE(ended(ConnectOutcome::failed, "provider_error", "state-1"));

    EXPECT_TRUE(begun("state-2"));
    EXPECT_EQ(found()->outcome, ConnectOutcome::pending);
    EXPECT_EQ(found()->error, "");
}

TEST_P(ConnectSessionContract, one_that_is_connected_begins_nothing_any_more) {
    add_session();
    ASSERT_TRUE(begun("state-1"));
    ASSERT_TRUE(ended(ConnectOutcome::connected, "", "state-1"));

    EXPECT_FALSE(begun("state-2"));
}

TEST_P(ConnectSessionContract, an_authorization_begun_in_time_ends_it_after_its_time) {
    add_session();
    ASSERT_TRUE(begun());
    clock_.advance(std::chrono::minutes(35));

    EXPECT_TRUE(ended(ConnectOutcome::connected));
}

TEST_P(ConnectSessionContract, what_came_of_it_can_be_read_for_an_hour_and_is_then_swept) {
    add_session();
    clock_.advance(std::chrono::minutes(89));
    ask(store().sweep_authorizations(clock_.now()));
    EXPECT_TRUE(found());

    clock_.advance(std::chrono::minutes(1));
    ask(store().sweep_authorizations(clock_.now()));

    EXPECT_FALSE(found());
}

TEST_P(ConnectSessionContract, goes_with_its_tenant) {
    add_session();

    ask(store().remove_tenant(TenantId("acme")));

    EXPECT_FALSE(found());
}

}  // namespace evergrant::storage
