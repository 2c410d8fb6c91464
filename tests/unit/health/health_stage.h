#pragma once
//
// For tests of health: the broker's stage with a provider that names a cheap read.
//
#include "../broker/stage.h"
#include "health/health.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace evergrant::health {

using broker::acme_demo;

class HealthStage : public broker::Stage {
protected:
    static constexpr std::string_view probed_provider = R"(id: probed
name: Probed
grant_types: [authorization_code, refresh_token]
authorization_url: https://accounts.example.com/authorize
token_url: https://accounts.example.com/token
api_base_url: https://api.example.com
authorization_scheme: Probed-token
health_probe: /me
refresh: {policy: rotates_strictly}
)";

    void SetUp() override {
        const auto problems = catalog_.add(probed_provider, "probed.yaml");
        ASSERT_TRUE(problems.empty()) << problems.front().to_string();
        add_tenant();
        broker::CredentialsGiven given;
        given.provider = "probed";
        given.client_id = "our-client";
        given.client_secrets.emplace_back("our-secret");
        ASSERT_TRUE(run(use_cases().administration.save_credentials(std::move(given))));
        answers(200, 200, token_answer("token-2", "refresh-2"));
    }

    void TearDown() override { shards_.stop(async::Deadline::after(std::chrono::seconds(5))); }

    /// How the API answers, and how the token endpoint does.
    void answers(unsigned api_status, unsigned token_status, std::string token_body) {
        provider_.answers([=, this](const net::ClientRequest& request) {
            const bool api = request.url == "https://api.example.com/me";
            if (api)
                ++api_calls_;
            if (api && !request.headers.empty())
                shown_ = request.headers.front().second;
            net::ClientAnswer answer;
            answer.status = api ? api_status : token_status;
            answer.headers = {{"content-type", "application/json"}};
            answer.body = api ? "{}" : token_body;
            return Result<net::ClientAnswer>(std::move(answer));
        });
    }

    struct Grant {
        std::string provider{"probed"};
        std::chrono::seconds left{std::chrono::hours(1)};
        bool renewable{true};
        std::optional<sys_seconds> dies_at{};
        std::optional<Instant> check_at{};
        std::string integration{"demo"};
    };
    /// A token of an hour.
    void grant(const Grant& described) {
        storage::NewGrant grant;
        grant.key = {acme_demo.tenant, IntegrationId(described.integration)};
        grant.provider = ProviderId(described.provider);
        grant.tokens.access_token = SecretString("token-1");
        if (described.renewable)
            grant.tokens.refresh_token = SecretString("refresh-1");
        grant.tokens.lifetime = std::chrono::hours(1);
        grant.tokens.expires_at = clock_.now_seconds() + described.left;
        grant.check_at = described.check_at;
        grant.dies_at = described.dies_at;
        ASSERT_TRUE(run(store_->save_grant(std::move(grant))));
    }

    Foundations health_foundations() {
        return {.shards = shards_,
                .broker = broker(),
                .store = *store_,
                .catalog = catalog_,
                .clock = clock_,
                .random = random_,
                .metrics = metrics_};
    }
    Health& health() {
        if (!health_)
            health_ = std::make_unique<Health>(health_foundations(), health_options_);
        return *health_;
    }

    /// Looked at because somebody asks.
    Checked checked() {
        return run(health().check({}, "", 10, async::Deadline::after(std::chrono::seconds(30)))).value();
    }
    storage::ConnectionSummary row() { return stored().summary; }

    std::atomic<std::size_t> api_calls_{0};
    std::string shown_;  // to the API, last
    HealthOptions health_options_;
    std::unique_ptr<Health> health_;
};

}  // namespace evergrant::health
