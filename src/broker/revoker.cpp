#include "broker/revoker.h"

#include "base/log.h"
#include "broker/secret_list.h"
#include "oauth/token_request.h"
#include "oauth/token_response.h"

#include <utility>

namespace evergrant::broker {

namespace {

/// Of what the store does not take, and nothing but this process knows.
constexpr unsigned tries_without_the_store = 5;
constexpr async::Backoff between_tries_without_the_store{.first = std::chrono::seconds(2),
                                                         .cap = std::chrono::seconds(60)};
/// Around the call to the provider: the store's answers before and after it.
constexpr std::chrono::seconds around_a_call{20};

constexpr std::string_view no_revocation = "Tokens are deleted here; this provider offers no revocation.";

bool throttled(const oauth::BackChannelAnswer& answer) {
    constexpr unsigned too_many_requests = 429;
    return answer.status == too_many_requests;
}

}  // namespace

std::chrono::milliseconds Revoker::claim() const noexcept {
    return 2 * parts_.provider_timeout + around_a_call;
}

async::Task<Result<Revoked>> Revoker::revoke(ConnectionKey key) {
    auto pending = co_await parts_.revocations.begin_revocation(key, claim());
    if (!pending)
        co_return std::unexpected(std::move(pending).error());
    const storage::Generation last = *pending ? (*pending)->connection.summary.generation : 0;
    co_await parts_.vendors.removed(key, last);
    if (!*pending)
        co_return failure(Errc::no_connection,
                          "There is no connection \"" + key.integration.str() + "\" for this tenant.");
    const Attempt attempt = co_await ask(&(*pending)->connection);
    co_await note(&**pending, attempt);
    Revoked revoked;
    revoked.at_provider = attempt.at_provider;
    revoked.provider = (*pending)->connection.summary.provider;
    revoked.message = attempt.message;
    log(LogLevel::info, "connection_revoked",
        {{"tenant", key.tenant.str()},
         {"integration", key.integration.str()},
         {"provider", revoked.provider.str()},
         {"at_provider", revoked.at_provider == RevokedAtProvider::yes}});
    co_return revoked;
}

async::Task<void> Revoker::ask_again(storage::PendingRevocation pending) {
    const Attempt attempt = co_await ask(&pending.connection);
    co_await note(&pending, attempt);
}

async::Task<Revoker::Attempt> Revoker::ask(storage::Connection* connection) {
    if (connection->tokens.refresh_token.empty() && connection->tokens.access_token.empty())
        co_return Attempt(RevokedAtProvider::unsupported, "Deleted here; there was no token to revoke.");
    const auto deadline = async::Deadline::after(parts_.provider_timeout);
    Asking asking;
    const auto ended = co_await prepare(connection, &asking, deadline);
    if (ended)
        co_return *ended;
    co_return co_await send(connection, &asking, deadline);
}

/// Nothing: the provider may be asked now.
async::Task<std::optional<Revoker::Attempt>> Revoker::prepare(storage::Connection* connection, Asking* asking,
                                                              async::Deadline deadline) {
    using enum RevokedAtProvider;
    const storage::ConnectionSummary& summary = connection->summary;
    asking->provider = parts_.catalog.find(summary.provider);
    if (asking->provider == nullptr)
        co_return Attempt(unsupported, "The catalogue no longer has this provider; tokens are deleted here only.");
    auto endpoints = co_await parts_.calls.endpoints(asking->provider, connection->params, deadline);
    if (!endpoints)
        co_return Attempt(no, "Tokens are deleted here; the provider could not be reached and is asked again.");
    asking->endpoints = std::move(*endpoints);
    if (asking->endpoints.revocation_url.empty())
        co_return Attempt(unsupported, no_revocation);
    auto client = co_await parts_.clients.find(summary.key.tenant, summary.provider);
    if (!client)
        co_return Attempt(no, "Tokens are deleted here; without app credentials the provider cannot be told.");
    asking->client = std::move(*client);
    auto proof = co_await parts_.calls.proof(asking->provider, connection->params, asking->endpoints,
                                             oauth::GrantType::authorization_code);
    if (!proof)
        co_return Attempt(no, "Tokens are deleted here; without a key of ours that signs the provider cannot be told.");

    constexpr std::string_view later = "Tokens are deleted here; the provider is asked when it allows more requests.";
    const std::string& client_id = asking->client.registration.client_id;
    const auto rest = rests_.left(summary.provider, client_id, parts_.clock.steady());
    if (rest)
        co_return Attempt(no, later, rest);
    const auto allowed = co_await parts_.budgets.take_request(asking->provider, client_id);
    if (!allowed)
        co_return Attempt(no, later, allowed.error().retry_after);
    narrow_to(&asking->client, catalog::complete_parameters(*asking->provider, connection->params));
    asking->shown = proof->shown(asking->client.registration, parts_.clock.now_seconds(), parts_.random);
    co_return std::nullopt;
}

async::Task<Revoker::Attempt> Revoker::send(storage::Connection* connection, Asking* asking, async::Deadline deadline) {
    using enum RevokedAtProvider;
    oauth::RevocationEndpoint endpoint;
    endpoint.url = asking->endpoints.revocation_url;
    endpoint.style = asking->provider->revocation_style;
    endpoint.client_auth = catalog::client_auth_for(*asking->provider, connection->params);
    const bool by_refresh_token =
        !connection->tokens.refresh_token.empty() && endpoint.style != oauth::RevocationStyle::bearer;
    const SecretString& token = by_refresh_token ? connection->tokens.refresh_token : connection->tokens.access_token;
    const std::string_view hint = by_refresh_token ? "refresh_token" : "access_token";
    auto request = oauth::revocation_request(endpoint, asking->shown, token, hint);
    const auto answer = co_await parts_.calls.send(connection->summary.provider, std::move(request), deadline);
    if (!answer)
        co_return Attempt(no, "Tokens are deleted here; the provider did not answer and is asked again.",
                          answer.error().retry_after);
    const auto outcome = oauth::read_revocation_response(*answer);
    if (outcome == oauth::RevocationOutcome::revoked)
        co_return Attempt(yes, "Tokens are deleted here and revoked at the provider.");
    if (outcome == oauth::RevocationOutcome::unsupported)
        co_return Attempt(unsupported, no_revocation);
    const auto retry_after = oauth::parse_retry_after(answer->retry_after, parts_.clock.now_seconds());
    if (retry_after && throttled(*answer))
        rests_.rest(connection->summary.provider, asking->client.registration.client_id,
                    parts_.clock.steady() + *retry_after);
    co_return Attempt(no, "Tokens are deleted here; the provider refused to revoke them for now and is asked again.",
                      retry_after);
}

/// A store that does not answer here costs one more call to the provider: the claim runs out.
async::Task<void> Revoker::note(storage::PendingRevocation* pending, Attempt attempt) {
    const bool put_off = attempt.at_provider == RevokedAtProvider::no;
    if (put_off && pending->age < parts_.times.given_up_after) {
        count(pending->connection, "put_off");
        const auto pause = parts_.times.between.pause(pending->tries, parts_.random.dice());
        static_cast<void>(co_await parts_.revocations.postpone_revocation(
            pending->id, pending->tries + 1, pause + attempt.retry_after.value_or(std::chrono::seconds(0))));
        co_return;
    }
    if (put_off)
        give_up(pending->connection);
    else
        count(pending->connection, attempt.at_provider == RevokedAtProvider::yes ? "revoked" : "unsupported");
    static_cast<void>(co_await parts_.revocations.end_revocation(pending->id));
}

void Revoker::count(const storage::Connection& connection, std::string_view outcome) {
    parts_.metrics
        .counter("evergrant_revocations_total", "What asking a provider to revoke a grant came to",
                 {{"provider", connection.summary.provider.str()}, {"outcome", std::string(outcome)}})
        .increment();
}

void Revoker::give_up(const storage::Connection& connection) {
    count(connection, "given_up");
    log(LogLevel::error, "revocation_given_up",
        {{"tenant", connection.summary.key.tenant.str()},
         {"integration", connection.summary.key.integration.str()},
         {"provider", connection.summary.provider.str()}});
}

bool Revoker::may_revoke_replaced(const storage::Connection& replaced, const storage::Connection& by) const {
    const SecretString& old = replaced.tokens.refresh_token;
    if (old.empty())
        return false;
    const auto& before = replaced.summary.granted_by;
    const auto& now = by.summary.granted_by;
    const bool another_person = before && now && before->subject != now->subject;
    if (replaced.summary.provider != by.summary.provider)
        return true;
    if (another_person)
        return by.tokens.refresh_token.reveal() != old.reveal();
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

async::Task<Result<std::uint64_t>> Revoker::revoke_unless_taken_back(storage::Connection waiting,
                                                                     std::chrono::milliseconds after) {
    const auto noted = co_await parts_.revocations.add_revocation(std::move(waiting), after);
    if (!noted)
        co_return std::unexpected(noted.error());
    co_return noted->id;
}

async::Task<Result<bool>> Revoker::take_back(std::uint64_t id) {
    co_return co_await parts_.revocations.end_revocation(id);
}

void Revoker::revoke_in_the_background(storage::Connection gone) {
    auto connection = std::make_shared<storage::Connection>(std::move(gone));
    auto task = [this, connection] { return revoke_what_stands_nowhere(connection); };
    static_cast<void>(parts_.shard.spawn("revoke", std::move(task), async::AtDrain::finish));
}

async::Task<void> Revoker::revoke_what_stands_nowhere(std::shared_ptr<storage::Connection> gone) {
    const bool done = co_await hand_over_or_ask(gone.get());
    if (!done)
        try_again_later(std::move(gone));
}

/// False: neither does the store take it, nor has the provider ended it.
async::Task<bool> Revoker::hand_over_or_ask(storage::Connection* gone) {
    auto pending = co_await parts_.revocations.add_revocation(gone->clone(), claim());
    if (pending) {
        co_await ask_again(std::move(*pending));
        co_return true;
    }
    const Attempt attempt = co_await ask(gone);
    if (attempt.at_provider == RevokedAtProvider::no)
        co_return false;
    count(*gone, attempt.at_provider == RevokedAtProvider::yes ? "revoked" : "unsupported");
    co_return true;
}

void Revoker::try_again_later(std::shared_ptr<storage::Connection> gone) {
    auto again = [this, gone] { return try_again(gone); };
    static_cast<void>(parts_.shard.spawn("revoke-again", std::move(again), async::AtDrain::stop));
}

/// Until the store takes it, or the provider revokes it.
async::Task<void> Revoker::try_again(std::shared_ptr<storage::Connection> gone) {
    constexpr double even_pauses = 1.0;
    for (unsigned attempts = 0; attempts < tries_without_the_store; ++attempts) {
        co_await async::sleep_for(between_tries_without_the_store.pause(attempts, even_pauses));
        const bool done = co_await hand_over_or_ask(gone.get());
        if (done)
            co_return;
    }
    give_up(*gone);
}

}  // namespace evergrant::broker
