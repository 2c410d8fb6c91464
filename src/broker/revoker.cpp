#include "broker/revoker.h"

#include "async/sleep.h"
#include "base/log.h"
#include "oauth/token_request.h"
#include "oauth/token_response.h"

#include <memory>
#include <utility>

namespace evergrant::broker {

namespace {

constexpr unsigned tries_in_the_background = 5;
constexpr async::Backoff between_tries{.first = std::chrono::seconds(2), .cap = std::chrono::seconds(60)};

Revoked outcome(RevokedAtProvider at_provider, std::string message) {
    Revoked revoked;
    revoked.at_provider = at_provider;
    revoked.message = std::move(message);
    return revoked;
}

}  // namespace

async::Task<Result<Revoked>> Revoker::revoke(ConnectionKey key) {
    auto removed = co_await parts_.store.remove_connection(key);
    if (!removed)
        co_return std::unexpected(std::move(removed).error());
    const storage::Generation last = *removed ? (*removed)->summary.generation : 0;
    co_await parts_.vendors.removed(key, last);
    if (!*removed)
        co_return failure(Errc::no_connection,
                          "There is no connection \"" + key.integration.str() + "\" for this tenant.");
    auto connection = std::make_shared<storage::Connection>(std::move(**removed));
    Revoked revoked = co_await revoke_at_provider(connection.get());
    revoked.provider = connection->summary.provider;
    log(LogLevel::info, "connection_revoked",
        {{"tenant", key.tenant.str()},
         {"integration", key.integration.str()},
         {"at_provider", revoked.at_provider == RevokedAtProvider::yes}});
    if (revoked.at_provider == RevokedAtProvider::no)
        try_again_later(connection);
    co_return revoked;
}

async::Task<Revoked> Revoker::revoke_at_provider(storage::Connection* connection) {
    const storage::ConnectionSummary& summary = connection->summary;
    const catalog::Provider* provider = parts_.catalog.find(summary.provider);
    if (provider == nullptr)
        co_return outcome(RevokedAtProvider::unsupported,
                          "The catalogue no longer has this provider; tokens are deleted here only.");
    const auto deadline = async::Deadline::after(parts_.provider_timeout);
    const auto endpoints = co_await parts_.calls.endpoints(provider, connection->params, deadline);
    if (!endpoints && endpoints.error().code == Errc::missing_app_credentials)
        co_return outcome(RevokedAtProvider::unsupported,
                          "Tokens are deleted here; this version cannot authenticate to the provider to revoke them.");
    if (!endpoints)
        co_return outcome(RevokedAtProvider::no,
                          "Tokens are deleted here; the provider could not be reached to revoke them.");
    if (endpoints->revocation_url.empty())
        co_return outcome(RevokedAtProvider::unsupported,
                          "Tokens are deleted here; this provider offers no revocation.");
    auto client = co_await parts_.clients.find(summary.key.tenant, summary.provider);
    if (!client)
        co_return outcome(RevokedAtProvider::no,
                          "Tokens are deleted here; without app credentials the provider cannot be told.");

    oauth::RevocationEndpoint endpoint;
    endpoint.url = endpoints->revocation_url;
    endpoint.style = provider->revocation_style;
    endpoint.client_auth = catalog::client_auth_for(*provider, connection->params);
    const bool by_refresh_token =
        !connection->tokens.refresh_token.empty() && endpoint.style != oauth::RevocationStyle::bearer;
    const SecretString& token = by_refresh_token ? connection->tokens.refresh_token : connection->tokens.access_token;
    const std::string_view hint = by_refresh_token ? "refresh_token" : "access_token";
    auto request = oauth::revocation_request(endpoint, client->registration, token, hint);
    const auto answer = co_await parts_.calls.send(summary.provider, std::move(request), deadline);
    if (!answer)
        co_return outcome(RevokedAtProvider::no,
                          "Tokens are deleted here; the provider did not answer and is asked again.");
    switch (oauth::read_revocation_response(*answer)) {
        case oauth::RevocationOutcome::revoked:
            co_return outcome(RevokedAtProvider::yes, "Tokens are deleted here and revoked at the provider.");
        case oauth::RevocationOutcome::unsupported:
            co_return outcome(RevokedAtProvider::unsupported,
                              "Tokens are deleted here; this provider offers no revocation.");
        case oauth::RevocationOutcome::retry_later:
        case oauth::RevocationOutcome::refused: break;
    }
    co_return outcome(RevokedAtProvider::no, "Tokens are deleted here; the provider refused to revoke them for now.");
}

bool Revoker::may_revoke_replaced(const storage::Connection& replaced, const storage::Connection& by) const {
    const SecretString& old = replaced.tokens.refresh_token;
    if (old.empty())
        return false;
    if (replaced.summary.provider != by.summary.provider)
        return true;
    const catalog::Provider* provider = parts_.catalog.find(replaced.summary.provider);
    return provider != nullptr && provider->revocation_ends == catalog::RevocationEnds::token &&
           !by.tokens.refresh_token.empty() && by.tokens.refresh_token.reveal() != old.reveal();
}

void Revoker::revoke_replaced(storage::Connection replaced, const storage::Connection& by) {
    if (may_revoke_replaced(replaced, by))
        revoke_in_the_background(std::move(replaced));
}

void Revoker::revoke_orphan(storage::Connection orphan) {
    revoke_in_the_background(std::move(orphan));
}

void Revoker::revoke_in_the_background(storage::Connection gone) {
    auto connection = std::make_shared<storage::Connection>(std::move(gone));
    auto task = [this, connection] { return revoke_at_once(connection); };
    static_cast<void>(parts_.shard.spawn("revoke", std::move(task), async::AtDrain::finish));
}

async::Task<void> Revoker::revoke_at_once(std::shared_ptr<storage::Connection> connection) {
    const Revoked revoked = co_await revoke_at_provider(connection.get());
    if (revoked.at_provider == RevokedAtProvider::no)
        try_again_later(std::move(connection));
}

void Revoker::try_again_later(std::shared_ptr<storage::Connection> connection) {
    auto again = [this, connection] { return revoke_after_a_pause(connection); };
    static_cast<void>(parts_.shard.spawn("revoke-again", std::move(again), async::AtDrain::stop));
}

async::Task<void> Revoker::revoke_after_a_pause(std::shared_ptr<storage::Connection> connection) {
    constexpr double even_pauses = 1.0;
    for (unsigned attempt = 0; attempt < tries_in_the_background; ++attempt) {
        co_await async::sleep_for(between_tries.pause(attempt, even_pauses));
        const Revoked revoked = co_await revoke_at_provider(connection.get());
        if (revoked.at_provider != RevokedAtProvider::no)
            co_return;
    }
    log(LogLevel::error, "revocation_given_up",
        {{"tenant", connection->summary.key.tenant.str()}, {"integration", connection->summary.key.integration.str()}});
}

}  // namespace evergrant::broker
