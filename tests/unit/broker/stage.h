#pragma once
//
// For tests of the broker: all of it on a real SQLite store, two shards, a clock moved by hand and a scripted provider.
//
#include "base/clock.h"
#include "broker/broker.h"
#include "scripted_provider.h"
#include "storage/sqlite/sqlite_store.h"
#include "temporary_folder.h"

#include <gtest/gtest.h>
#include <boost/asio/use_future.hpp>

#include <atomic>
#include <stdexcept>
#include <string>
#include <utility>

namespace evergrant::broker {

inline const ConnectionKey acme_demo{TenantId("acme"), IntegrationId("demo")};

class Stage : public ::testing::Test {
protected:
    static constexpr std::string_view demo_provider = R"(id: demo
name: Demo
grant_types: [authorization_code, refresh_token]
authorization_url: https://accounts.example.com/authorize
token_url: https://accounts.example.com/token
revocation_url: https://accounts.example.com/revoke
scopes: [read, write]
refresh: {policy: rotates_strictly}
)";

    Stage() {
        const auto problems = catalog_.add(demo_provider, "demo.yaml");
        if (!problems.empty())
            throw std::runtime_error(problems.front().to_string());
        storage::SqliteOptions options;
        options.folder = folder_.path() / "data";
        auto ring = storage::KeyRing::parse(keys());
        store_ = std::move(storage::open_sqlite_store(options, *ring, random_, clock_).value());
        journal_ = std::move(
            storage::RescueJournal::open(options.folder / "rescue.journal", ring->derive_all("rescue journal"), random_)
                .value());
        provider_.answers(200, token_answer("token-2", "refresh-2"));
        shards_.start();
    }

    ~Stage() override { shards_.stop(async::Deadline::after(std::chrono::seconds(5))); }

    static std::vector<SecretString> keys() {
        std::vector<SecretString> keys;
        keys.emplace_back("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
        return keys;
    }

    static std::string token_answer(const std::string& access, const std::string& refresh) {
        return R"({"access_token":")" + access + R"(","refresh_token":")" + refresh +
               R"(","token_type":"Bearer","expires_in":3600})";
    }

    /// The broker, made when a test first needs it, so that it can set options before.
    Broker& broker() {
        if (!broker_)
            make_broker();
        return *broker_;
    }
    BrokerShard& use_cases() { return broker().of(shards_[0]); }

    template <class T>
    Result<T> run(async::Task<Result<T>> task) {
        return boost::asio::co_spawn(shards_[0].context(), std::move(task), boost::asio::use_future).get();
    }

    void add_tenant() {
        TenantChange described;
        ASSERT_TRUE(run(use_cases().administration.create_tenant(acme_demo.tenant, std::move(described))));
        CredentialsGiven given;
        given.provider = "demo";
        given.client_id = "our-client";
        given.client_secrets.emplace_back("our-secret");
        ASSERT_TRUE(run(use_cases().administration.save_credentials(std::move(given))));
    }

    /// A grant whose access token has this much life left of an hour.
    void add_grant(std::chrono::seconds left = std::chrono::hours(1), const std::string& refresh_token = "refresh-1",
                   ConnectionKey key = acme_demo) {
        storage::NewGrant grant;
        grant.key = std::move(key);
        grant.provider = ProviderId("demo");
        grant.tokens.access_token = SecretString("token-1");
        grant.tokens.refresh_token = SecretString(refresh_token);
        grant.tokens.lifetime = std::chrono::hours(1);
        grant.tokens.expires_at = clock_.now_seconds() + left;
        grant.tokens.scopes = {"read"};
        grant.tokens.metadata["api_domain"] = "https://api.example.com";
        ASSERT_TRUE(run(store_->save_grant(std::move(grant))));
    }

    Result<cache::SharedToken> read_of(ConnectionKey key) {
        TokenQuery query;
        query.key = std::move(key);
        return run(use_cases().tokens.token(std::move(query)));
    }

    Result<cache::SharedToken> read(std::chrono::seconds min_ttl = {}, bool force = false) {
        TokenQuery query;
        query.key = acme_demo;
        query.min_ttl = min_ttl;
        query.force_refresh = force;
        return run(use_cases().tokens.token(std::move(query)));
    }

    storage::Connection stored() { return std::move(*run(store_->find_connection(acme_demo)).value()); }

    evergrant::testing::TemporaryFolder folder_;
    ManualClock clock_{Instant(std::chrono::milliseconds(1'800'000'000'000))};
    crypto::SystemRandom random_;
    Metrics metrics_;
    catalog::Catalog catalog_ = catalog::Catalog::built_in();
    evergrant::testing::ScriptedProvider provider_;
    boost::asio::io_context provider_side_{1};  // for what happens at the provider's end while we wait
    async::Shards shards_{2};
    async::Shards other_shards_{2};  // of a second replica on the same store; FleetStage starts them
    std::unique_ptr<storage::Store> store_;
    std::unique_ptr<storage::RescueJournal> journal_;
    async::BlockingPool disk_{1};
    BrokerOptions options_;
    std::unique_ptr<Broker> broker_;

    /// What a broker on these shards stands on.
    Foundations foundations(async::Shards& shards, storage::Store& store) {
        return {.shards = shards,
                .store = store,
                .journal = *journal_,
                .disk = disk_,
                .catalog = catalog_,
                .clock = clock_,
                .random = random_,
                .metrics = metrics_,
                .jwt = nullptr,
                .make_http_client = [this](async::Shard&) -> std::unique_ptr<net::HttpClient> {
                    return std::make_unique<evergrant::testing::ScriptedClient>(provider_);
                },
                .render_token =
                    [this](const cache::CachedToken&) {
                        ++rendered_;
                        return SecretString();
                    },
                .master_keys = storage::KeyRing::parse(keys())->ids()};
    }

    std::atomic<std::size_t> rendered_{0};

private:
    void make_broker() {
        options_.redirects.base_url = "https://evergrant.example";
        options_.redirects.frontend_url = "https://console.example";
        broker_ = std::make_unique<Broker>(foundations(shards_, *store_), std::move(options_));
    }
};

}  // namespace evergrant::broker
