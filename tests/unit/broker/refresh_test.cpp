#include "stage.h"

namespace evergrant::broker {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class RefreshTest : public Stage {
protected:
    void SetUp() override { add_tenant(); }
};

TEST_F(RefreshTest, a_fresh_token_is_read_without_asking_the_provider) {
    add_grant();

    const auto token = read();

    EXPECT_EQ((*token)->access_token.reveal(), "token-1");
    EXPECT_EQ(provider_.requests(), 0U);
}

TEST_F(RefreshTest, a_token_within_its_margin_is_refreshed) {
    add_grant(minutes(4));

    const auto token = read();

    EXPECT_EQ((*token)->access_token.reveal(), "token-2");
    EXPECT_EQ(provider_.requests(), 1U);
}

TEST_F(RefreshTest, a_rotated_refresh_token_is_captured) {
    add_grant(minutes(4));

    ASSERT_TRUE(read());

    EXPECT_EQ(stored().tokens.refresh_token.reveal(), "refresh-2");
}

TEST_F(RefreshTest, metadata_that_the_entry_does_not_allow_does_not_replace_what_was_allowed) {
    const std::string allowing = std::string(demo_provider) +
                                 "api_base_url: ${metadata.api_domain}\n"
                                 "metadata:\n  - {name: api_domain, allowed: [https://api.example.com]}\n";
    ASSERT_TRUE(catalog_.add(allowing, "demo.yaml").empty());
    add_grant(minutes(4));
    std::string answer = token_answer("token-2", "refresh-2");
    answer.insert(1, R"("api_domain":"https://evil.example",)");
    provider_.answers(200, answer);

    const auto token = read();

    ASSERT_TRUE(token);
    EXPECT_EQ((*token)->access_token.reveal(), "token-2");
    EXPECT_EQ((*token)->metadata.at("api_domain").as_string(), "https://api.example.com");
}

TEST_F(RefreshTest, a_refresh_token_that_is_not_replaced_is_kept) {
    add_grant(minutes(4));
    provider_.answers(200, R"({"access_token":"token-2","expires_in":3600})");

    ASSERT_TRUE(read());

    EXPECT_EQ(stored().tokens.refresh_token.reveal(), "refresh-1");
}

TEST_F(RefreshTest, scopes_and_metadata_are_kept) {
    add_grant(minutes(4));
    provider_.answers(200, R"({"access_token":"token-2","expires_in":3600})");

    const auto token = read();

    EXPECT_EQ((*token)->scopes, std::vector<std::string>{"read"});
    EXPECT_EQ((*token)->metadata.at("api_domain").as_string(), "https://api.example.com");
}

TEST_F(RefreshTest, the_refresh_token_is_sent_once_and_the_generation_grows_by_one) {
    add_grant(minutes(4));
    const auto before = stored().summary.generation;

    ASSERT_TRUE(read());
    ASSERT_TRUE(read());

    ASSERT_EQ(provider_.requests(), 1U);
    EXPECT_NE(provider_.bodies().front().find("refresh_token=refresh-1"), std::string::npos);
    EXPECT_EQ(stored().summary.generation, before + 1);
    EXPECT_FALSE(stored().summary.intent);
}

TEST_F(RefreshTest, a_longer_life_than_the_token_has_left_is_met_by_a_refresh) {
    add_grant(minutes(30));

    const auto token = read(minutes(40));

    EXPECT_EQ((*token)->access_token.reveal(), "token-2");
}

TEST_F(RefreshTest, a_life_no_token_of_the_provider_has_costs_one_refresh_not_one_a_call) {
    add_grant(minutes(30));

    ASSERT_TRUE(read(hours(9)));
    clock_.advance(seconds(60));
    ASSERT_TRUE(read(hours(9)));

    EXPECT_EQ(provider_.requests(), 1U);
}

TEST_F(RefreshTest, a_forced_refresh_gets_another_token) {
    add_grant(minutes(30));

    const auto token = read({}, true);

    EXPECT_EQ((*token)->access_token.reveal(), "token-2");
}

TEST_F(RefreshTest, invalid_grant_ends_the_connection_and_says_so) {
    add_grant(seconds(-1));
    provider_.answers(400, R"({"error":"invalid_grant"})");

    const auto token = read();

    ASSERT_FALSE(token);
    EXPECT_EQ(token.error().code, Errc::reauthorization_required);
    EXPECT_EQ(stored().summary.status, storage::ConnectionStatus::invalid);
}

TEST_F(RefreshTest, a_dead_grant_is_not_asked_for_again) {
    add_grant(seconds(-1));
    provider_.answers(400, R"({"error":"invalid_grant"})");

    static_cast<void>(read());
    const auto again = read();

    EXPECT_EQ(again.error().code, Errc::reauthorization_required);
    EXPECT_EQ(provider_.requests(), 1U);
}

TEST_F(RefreshTest, a_token_of_a_dead_grant_is_served_until_it_expires) {
    add_grant(minutes(4));
    provider_.answers(400, R"({"error":"invalid_grant"})");

    const auto token = read();

    EXPECT_EQ((*token)->access_token.reveal(), "token-1");
    EXPECT_TRUE((*token)->degraded);
}

struct Outage {
    std::string_view name;
    unsigned status;
    std::string_view body;
};

class RefreshOutageTest : public RefreshTest, public ::testing::WithParamInterface<Outage> {};

TEST_P(RefreshOutageTest, does_not_end_a_connection_and_the_valid_token_is_served_degraded) {
    add_grant(minutes(4));
    provider_.answers(GetParam().status, std::string(GetParam().body));

    const auto token = read();

    ASSERT_TRUE(token);
    EXPECT_EQ((*token)->access_token.reveal(), "token-1");
    EXPECT_TRUE((*token)->degraded);
    EXPECT_EQ(stored().summary.status, storage::ConnectionStatus::refresh_failed);
}

INSTANTIATE_TEST_SUITE_P(answers, RefreshOutageTest,
                         ::testing::Values(Outage{"html", 200, "<html>maintenance</html>"}, Outage{"empty", 200, ""},
                                           Outage{"server_error", 503, "{}"},
                                           Outage{"throttled", 429, R"({"error":"slow_down"})"},
                                           Outage{"truncated", 200, R"({"access_token":"to)"},
                                           Outage{"wrong_client", 401, R"({"error":"invalid_client"})"}),
                         [](const auto& about) { return std::string(about.param.name); });

TEST_F(RefreshTest, a_provider_that_cannot_be_reached_leaves_no_doubt) {
    add_grant(seconds(-1));
    provider_.fails(Errc::provider_unreachable);

    const auto token = read();

    EXPECT_EQ(token.error().code, Errc::provider_unreachable);
    EXPECT_FALSE(stored().summary.intent);
}

TEST_F(RefreshTest, a_lost_answer_leaves_the_intent_standing) {
    add_grant(seconds(-1));
    provider_.fails(Errc::provider_timeout);

    const auto token = read();

    EXPECT_EQ(token.error().code, Errc::provider_timeout);
    ASSERT_TRUE(stored().summary.intent);
    EXPECT_EQ(stored().summary.status, storage::ConnectionStatus::refresh_failed);
}

TEST_F(RefreshTest, after_a_lost_answer_the_same_refresh_token_is_tried_once_more) {
    add_grant(seconds(-1));
    provider_.fails(Errc::provider_timeout);
    static_cast<void>(read());
    provider_.answers(200, token_answer("token-2", "refresh-2"));
    clock_.advance(minutes(1));

    const auto token = read();

    ASSERT_TRUE(token);
    EXPECT_NE(provider_.bodies().back().find("refresh_token=refresh-1"), std::string::npos);
    EXPECT_FALSE(stored().summary.intent);
}

TEST_F(RefreshTest, a_grant_that_died_of_a_lost_answer_says_that_it_did) {
    add_grant(seconds(-1));
    provider_.fails(Errc::provider_timeout);
    static_cast<void>(read());
    provider_.answers(400, R"({"error":"invalid_grant"})");
    clock_.advance(minutes(1));

    const auto token = read();

    EXPECT_EQ(token.error().code, Errc::reauthorization_required);
    EXPECT_NE(token.error().message.find("never arrived"), std::string::npos);
}

TEST_F(RefreshTest, between_a_failure_and_the_next_try_the_provider_is_left_alone) {
    add_grant(seconds(-1));
    provider_.answers(503, "");

    static_cast<void>(read());
    static_cast<void>(read());

    EXPECT_EQ(provider_.requests(), 1U);
}

TEST_F(RefreshTest, an_invalid_grant_for_a_generation_already_replaced_kills_nothing) {
    add_grant(seconds(-1));
    provider_.answers([this](const net::ClientRequest&) {
        // While the provider thinks, a person authorizes anew.
        storage::NewGrant grant;
        grant.key = acme_demo;
        grant.provider = ProviderId("demo");
        grant.tokens.access_token = SecretString("token-of-the-new-grant");
        grant.tokens.expires_at = clock_.now_seconds() + hours(1);
        grant.tokens.lifetime = hours(1);
        auto saved =
            boost::asio::co_spawn(provider_side_, store_->save_grant(std::move(grant)), boost::asio::use_future);
        provider_side_.run();
        static_cast<void>(saved.get());
        return Result<net::ClientAnswer>(
            net::ClientAnswer{.status = 400, .headers = {}, .body = R"({"error":"invalid_grant"})"});
    });

    const auto token = read();

    ASSERT_TRUE(token);
    EXPECT_EQ((*token)->access_token.reveal(), "token-of-the-new-grant");
    EXPECT_EQ(stored().summary.status, storage::ConnectionStatus::healthy);
}

TEST_F(RefreshTest, who_waits_for_another_replicas_lease_takes_what_that_one_writes) {
    add_grant(seconds(-1));
    const auto answer =
        run(store_->take_lease({acme_demo, "another replica", std::chrono::minutes(1), stored().summary.generation}));
    storage::RefreshedGrant refreshed;
    refreshed.lease = std::get<storage::LeaseTaken>(*answer).lease;
    refreshed.tokens.access_token = SecretString("token-of-the-other");
    refreshed.tokens.expires_at = clock_.now_seconds() + hours(1);
    refreshed.tokens.lifetime = hours(1);
    TokenQuery query;
    query.key = acme_demo;
    auto reading = boost::asio::co_spawn(shards_[0].context(), use_cases().tokens.token(std::move(query)),
                                         boost::asio::use_future);

    ASSERT_TRUE(*run(store_->complete_refresh(std::move(refreshed))));
    for (std::size_t shard = 0; shard < shards_.size(); ++shard)
        boost::asio::post(shards_[shard].context(),
                          [&refresher = broker().of(shards_[shard]).refresher] { refresher.heard(acme_demo); });

    const auto token = reading.get();
    ASSERT_TRUE(token);
    EXPECT_EQ((*token)->access_token.reveal(), "token-of-the-other");
    EXPECT_EQ(provider_.requests(), 0U);
}

TEST_F(RefreshTest, without_a_refresh_token_an_expired_connection_wants_a_person) {
    add_grant(seconds(-1), "");

    const auto token = read();

    EXPECT_EQ(token.error().code, Errc::reauthorization_required);
    EXPECT_EQ(provider_.requests(), 0U);
}

TEST_F(RefreshTest, who_must_authorize_again_is_told_where_with_the_provider_and_the_connections_own_name) {
    const ConnectionKey second{acme_demo.tenant, IntegrationId("demo-2")};
    for (const ConnectionKey& key : {acme_demo, second})
        add_grant(seconds(-1), "", key);

    EXPECT_EQ(read().error().authorize_url, "/api/oauth/authorize/acme?provider=demo");
    EXPECT_EQ(read_of(second).error().authorize_url, "/api/oauth/authorize/acme?provider=demo&integrationId=demo-2");
}

TEST_F(RefreshTest, so_is_who_finds_the_grant_dead) {
    const ConnectionKey second{acme_demo.tenant, IntegrationId("demo-2")};
    add_grant(seconds(-1), "refresh-1", second);
    provider_.answers(400, R"({"error":"invalid_grant"})");

    const auto found_dead = read_of(second);
    const auto known_dead = read_of(second);

    EXPECT_EQ(found_dead.error().authorize_url, "/api/oauth/authorize/acme?provider=demo&integrationId=demo-2");
    EXPECT_EQ(known_dead.error().authorize_url, found_dead.error().authorize_url);
}

TEST_F(RefreshTest, no_grant_is_no_connection) {
    const auto token = read();

    EXPECT_EQ(token.error().code, Errc::no_connection);
}

TEST_F(RefreshTest, a_revoked_token_is_gone_from_every_shard) {
    add_grant();
    ASSERT_TRUE(read());

    const auto revoked = run(use_cases().revoker.revoke(acme_demo));

    ASSERT_TRUE(revoked);
    EXPECT_EQ(revoked->at_provider, RevokedAtProvider::yes);
    for (std::size_t shard = 0; shard < shards_.size(); ++shard)
        EXPECT_EQ(broker().of(shards_[shard]).tokens.cached("acme", "demo", clock_.now_seconds(), seconds(0)), nullptr);
    EXPECT_EQ(read().error().code, Errc::no_connection);
}

TEST_F(RefreshTest, a_revocation_the_provider_does_not_answer_deletes_here_and_says_so) {
    add_grant();
    provider_.fails(Errc::provider_unreachable);

    const auto revoked = run(use_cases().revoker.revoke(acme_demo));

    EXPECT_EQ(revoked->at_provider, RevokedAtProvider::no);
    EXPECT_EQ(read().error().code, Errc::no_connection);
}

TEST_F(RefreshTest, what_the_answer_says_of_the_grants_end_is_kept) {
    add_grant(minutes(4));
    provider_.answers(200, R"({"access_token":"token-2","refresh_token":"refresh-2","token_type":"Bearer",)"
                           R"("expires_in":3600,"refresh_token_expires_in":8640000})");

    ASSERT_TRUE(read());

    EXPECT_EQ(stored().summary.dies_at, clock_.now_seconds() + std::chrono::days(100));
    EXPECT_EQ(stored().summary.next_check_at, clock_.now() + std::chrono::days(86));
}

TEST_F(RefreshTest, what_an_earlier_answer_said_of_the_grants_end_is_not_taken_for_the_new_ones_word) {
    add_grant(minutes(4));
    provider_.answers(200, R"({"access_token":"token-2","refresh_token":"refresh-2","token_type":"Bearer",)"
                           R"("expires_in":3600,"refresh_token_expires_in":8640000})");
    ASSERT_TRUE(read());
    const auto told = stored().summary.dies_at;
    provider_.answers(200, token_answer("token-3", "refresh-3"));
    clock_.advance(hours(1));

    ASSERT_TRUE(read());

    EXPECT_EQ(stored().summary.generation, 3U);
    EXPECT_EQ(stored().summary.dies_at, told);
}

TEST_F(RefreshTest, a_connection_whose_provider_has_come_to_name_a_probe_is_probed_from_its_next_refresh_on) {
    ASSERT_TRUE(
        catalog_.add("id: demo\nextends: demo\napi_base_url: https://api.example.com\nhealth_probe: /me\n", "demo.yaml")
            .empty());
    add_grant(minutes(4));
    ASSERT_FALSE(stored().summary.next_check_at);

    ASSERT_TRUE(read());

    EXPECT_GT(stored().summary.next_check_at, clock_.now() + minutes(26));
    EXPECT_LE(stored().summary.next_check_at, clock_.now() + minutes(30));
}

}  // namespace evergrant::broker
