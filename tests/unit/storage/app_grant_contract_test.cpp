// Grants to the app alone: begun before there is a token, renewed without a refresh token.
#include "store_contract.h"

namespace evergrant::storage {

namespace {

NewGrant to_the_app(const std::string& mark = "1") {
    NewGrant grant = some_grant(some_key, mark);
    grant.tokens.refresh_token = SecretString();
    grant.grant_type = oauth::GrantType::client_credentials;
    grant.asked_scopes = {"system/Patient.rs"};
    return grant;
}

}  // namespace

TEST_P(AppGrantContract, is_renewable_without_a_refresh_token) {
    ask(store().save_grant(to_the_app()));

    const auto connection = found().value();

    EXPECT_TRUE(connection.summary.renewable);
    EXPECT_EQ(connection.summary.grant_type, oauth::GrantType::client_credentials);
    EXPECT_EQ(connection.asked_scopes, std::vector<std::string>{"system/Patient.rs"});
}

TEST_P(AppGrantContract, is_leased_like_any_other) {
    ask(store().save_grant(to_the_app()));

    EXPECT_TRUE(std::holds_alternative<LeaseTaken>(lease_asked("one")));
    EXPECT_TRUE(std::holds_alternative<LeaseHeld>(lease_asked("two")));
}

TEST_P(AppGrantContract, keeps_how_it_was_obtained_when_it_is_renewed) {
    ask(store().save_grant(to_the_app()));
    const Lease lease = leased("one");
    oauth::TokenSet tokens = full_tokens("2");
    tokens.refresh_token = SecretString();
    ask(store().complete_refresh({lease, std::move(tokens), std::nullopt}));

    const auto connection = found().value();

    EXPECT_EQ(connection.summary.grant_type, oauth::GrantType::client_credentials);
    EXPECT_EQ(connection.asked_scopes, std::vector<std::string>{"system/Patient.rs"});
    EXPECT_EQ(connection.tokens.access_token.reveal(), "access-2");
}

TEST_P(AppGrantContract, is_not_called_dead_by_a_look_at_its_token) {
    const Connection saved = ask(store().save_grant(to_the_app()));
    CheckFinding finding;
    finding.key = some_key;
    finding.generation = saved.summary.generation;
    finding.verdict = CheckVerdict::dead;

    EXPECT_FALSE(ask(store().record_check(std::move(finding))));
}

TEST_P(AppGrantContract, is_replaced_by_a_persons_and_is_its_no_more) {
    ask(store().save_grant(to_the_app()));
    saved();

    const auto connection = found().value();

    EXPECT_EQ(connection.summary.grant_type, oauth::GrantType::authorization_code);
    EXPECT_TRUE(connection.asked_scopes.empty());
}

TEST_P(AppGrantContract, is_begun_where_nothing_stands) {
    const Connection begun = ask(store().begin_grant(to_the_app()));

    EXPECT_EQ(begun.summary.generation, 1U);
    EXPECT_EQ(found()->tokens.access_token.reveal(), "access-1");
}

TEST_P(AppGrantContract, is_not_begun_over_what_stands) {
    saved();

    const Connection standing = ask(store().begin_grant(to_the_app("2")));

    EXPECT_EQ(standing.tokens.access_token.reveal(), "access-1");
    EXPECT_EQ(found()->summary.grant_type, oauth::GrantType::authorization_code);
}

TEST_P(AppGrantContract, of_many_who_begin_it_at_once_all_get_the_same) {
    std::vector<Task<Result<Connection>>> beginnings;
    for (int one = 0; one < 8; ++one)
        beginnings.push_back(store().begin_grant(to_the_app(std::to_string(one))));

    const auto begun = ask_all(std::move(beginnings));

    std::set<std::string> tokens;
    for (const Connection& connection : begun)
        tokens.emplace(connection.tokens.access_token.reveal());
    EXPECT_EQ(tokens.size(), 1U);
}

TEST_P(AppGrantContract, is_gone_when_it_is_abandoned) {
    const Connection begun = ask(store().begin_grant(to_the_app()));

    EXPECT_TRUE(ask(store().abandon_grant(some_key, begun.summary.generation)));
    EXPECT_FALSE(found());
}

TEST_P(AppGrantContract, is_not_abandoned_once_it_has_a_token) {
    const Connection begun = ask(store().begin_grant(to_the_app()));
    ASSERT_TRUE(completed(leased("one"), "2"));

    EXPECT_FALSE(ask(store().abandon_grant(some_key, begun.summary.generation)));
    EXPECT_TRUE(found());
}

TEST_P(AppGrantContract, abandoned_leaves_its_generation_to_nobody) {
    const Connection begun = ask(store().begin_grant(to_the_app()));
    ask(store().abandon_grant(some_key, begun.summary.generation));

    EXPECT_GT(ask(store().begin_grant(to_the_app())).summary.generation, begun.summary.generation);
}

}  // namespace evergrant::storage
