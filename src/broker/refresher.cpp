#include "broker/refresher.h"

#include "async/sleep.h"
#include "base/crash_point.h"
#include "base/log.h"
#include "broker/lease_renewal.h"
#include "oauth/token_response.h"

#include <algorithm>
#include <utility>

namespace evergrant::broker {

namespace {

using oauth::FailureClass;

storage::ConnectionSummary& summary_of(storage::LeaseTaken& taken) {
    return taken.connection.summary;
}

/// After a failure nobody asks the provider again before the pause is over; callers get the failure of before.
std::optional<oauth::ProviderFailure> still_resting(const storage::ConnectionSummary& connection, Instant now) {
    if (connection.status != storage::ConnectionStatus::refresh_failed || !connection.next_try_at ||
        *connection.next_try_at <= now)
        return std::nullopt;
    oauth::ProviderFailure failure;
    failure.failure = FailureClass::provider_unavailable;
    failure.code = "resting";
    failure.reason = connection.last_error;
    failure.retry_after = std::chrono::ceil<std::chrono::seconds>(*connection.next_try_at - now);
    return failure;
}

/// Whether the generation that was spent is no longer current: what it brought is worth nothing then. A refused write
/// alone does not say so: another replica may hold the lease for now.
bool is_superseded(const Result<RefreshOutcome>& now, storage::Generation spent) {
    if (!now)
        return now.error().code == Errc::no_connection;
    return now->connection.summary.generation != spent;
}

void log_refresh(LogLevel level, std::string_view event, const ConnectionKey& key, std::string_view outcome,
                 std::string_view detail = {}) {
    log(level, event,
        {{"tenant", key.tenant.str()},
         {"integration", key.integration.str()},
         {"outcome", outcome},
         {"detail", detail}});
}

}  // namespace

async::Task<Result<RefreshOutcome>> Refresher::refresh(ConnectionKey key, storage::Generation newer_than) {
    const auto begun = std::chrono::steady_clock::now();
    if (parts_.rescue.waits(key))
        co_return failure(Errc::store_unavailable,
                          "The last refresh of this connection is still being written; try again shortly.");

    auto current = co_await as_it_is_now(key);
    if (!current)
        co_return std::unexpected(std::move(current).error());
    const storage::ConnectionSummary& known = current->connection.summary;
    if (known.generation > newer_than || known.status == storage::ConnectionStatus::invalid || !known.has_refresh_token)
        co_return std::move(*current);
    if (auto resting = still_resting(known, parts_.clock.now())) {
        current->failure = std::move(resting);
        current->next_try_at = known.next_try_at;
        co_return std::move(*current);
    }

    auto preparation = co_await prepare(&current->connection);
    if (!preparation)
        co_return std::unexpected(std::move(preparation).error());

    auto answer = co_await take_lease(key, newer_than);
    if (!answer)
        co_return std::unexpected(std::move(answer).error());
    if (auto* refreshed = std::get_if<storage::AlreadyRefreshed>(&*answer)) {
        RefreshOutcome outcome;
        outcome.connection = std::move(refreshed->connection);
        co_return outcome;
    }
    auto& taken = std::get<storage::LeaseTaken>(*answer);
    crash_point("after_intent");

    const LeaseRenewal renewal(parts_.shard, parts_.store, taken.lease, parts_.times.lease);
    auto sent = co_await send(&taken, &*preparation);
    crash_point("after_answer");

    const ProviderId provider = preparation->provider->id;
    auto concluded = co_await conclude(std::move(taken), std::move(*preparation), std::move(sent));
    const std::string_view outcome = !concluded           ? traits_of(concluded.error().code).name
                                     : concluded->failure ? oauth::name_of(concluded->failure->failure)
                                                          : "refreshed";
    count(provider, outcome, begun);
    co_return concluded;
}

async::Task<Result<Refresher::Preparation>> Refresher::prepare(storage::Connection* connection) {
    const storage::ConnectionSummary& summary = connection->summary;
    Preparation preparation;
    preparation.provider = parts_.catalog.find(summary.provider);
    if (preparation.provider == nullptr)
        co_return failure(Errc::unknown_provider, "The catalogue no longer has provider \"" + summary.provider.str() +
                                                      "\": give its file with --catalog.");

    auto client = co_await parts_.clients.find(summary.key.tenant, summary.provider);
    if (!client)
        co_return std::unexpected(std::move(client).error());
    preparation.client = std::move(*client);

    const auto deadline = async::Deadline::after(parts_.times.provider_timeout);
    const auto endpoints = co_await parts_.calls.endpoints(preparation.provider, connection->params, deadline);
    if (!endpoints)
        co_return std::unexpected(endpoints.error());
    auto extra = catalog::expand_all(preparation.provider->token_params, connection->params);
    if (!extra)
        co_return std::unexpected(std::move(extra).error());
    preparation.endpoint.url = endpoints->token_url;
    preparation.endpoint.client_auth = catalog::client_auth_for(*preparation.provider, connection->params);
    preparation.endpoint.extra = std::move(*extra);

    // No lease, no intent and no budget for a request that would not be sent.
    if (const auto rest = parts_.calls.rest_of(summary.provider)) {
        auto away = failure(Errc::provider_unreachable, "The provider has not answered lately; try again shortly.");
        away.error().retry_after = std::chrono::ceil<std::chrono::seconds>(*rest);
        co_return away;
    }
    const std::string client_id = preparation.client.registration.client_id;
    auto budgeted = co_await parts_.budgets.take(preparation.provider, summary.key, client_id);
    if (!budgeted)
        co_return std::unexpected(std::move(budgeted).error());
    co_return preparation;
}

async::Task<Result<storage::LeaseAnswer>> Refresher::take_lease(ConnectionKey key, storage::Generation newer_than) {
    const auto give_up = async::Deadline::after(parts_.times.patience);
    storage::LeaseRequest request;
    request.key = key;
    request.owner = parts_.owner;
    request.duration = parts_.times.lease;
    request.newer_than = newer_than;
    constexpr std::chrono::milliseconds longest_look_away{250};
    while (!give_up.passed()) {
        auto answer = co_await parts_.store.take_lease(request);
        if (!answer)
            co_return std::unexpected(std::move(answer).error());
        const auto* held = std::get_if<storage::LeaseHeld>(&*answer);
        if (held == nullptr)
            co_return std::move(*answer);
        const std::chrono::milliseconds left = std::max(held->until - parts_.clock.now(), std::chrono::milliseconds(1));
        co_await async::sleep_for(std::min(left, longest_look_away));
    }
    auto late = failure(Errc::provider_timeout, "Another replica has been refreshing this connection for too long.");
    late.error().retry_after = std::chrono::seconds(1);
    co_return late;
}

async::Task<ProviderAnswer> Refresher::send(storage::LeaseTaken* taken, Preparation* preparation) {
    // Whoever was stopped for so long that the lease may end during the call must not send: another may be sending.
    if (parts_.clock.now() + parts_.times.provider_timeout >= taken->lease.expires_at) {
        oauth::ProviderFailure late;
        late.failure = FailureClass::not_sent;
        late.code = "lease_too_short";
        late.reason = "The right to refresh ran out before the request was sent.";
        co_return std::unexpected(std::move(late));
    }
    auto request = oauth::refresh_request(preparation->endpoint, preparation->client.registration,
                                          taken->connection.tokens.refresh_token);
    const auto deadline = async::Deadline::after(parts_.times.provider_timeout);
    co_return co_await parts_.calls.send(preparation->provider->id, std::move(request), deadline);
}

async::Task<Result<RefreshOutcome>> Refresher::conclude(storage::LeaseTaken taken, Preparation preparation,
                                                        ProviderAnswer answer) {
    if (!answer)
        co_return co_await record(std::move(taken), std::move(answer).error());
    const catalog::Provider& provider = *preparation.provider;
    oauth::TokenResponseContext context;
    context.now = parts_.clock.now_seconds();
    context.requested_scopes = taken.connection.tokens.scopes;
    context.scope_separator = provider.scope_separator;
    context.assumed_lifetime = provider.access_token_lifetime;
    context.error_rules = provider.errors;
    auto tokens = oauth::read_token_response(*answer, context);
    if (!tokens)
        co_return co_await record(std::move(taken), std::move(tokens).error());
    co_return co_await write(std::move(taken), preparation.provider, std::move(*tokens));
}

async::Task<Result<RefreshOutcome>> Refresher::write(storage::LeaseTaken taken, const catalog::Provider* provider,
                                                     oauth::TokenSet answer) {
    storage::RefreshedGrant refreshed;
    refreshed.lease = taken.lease;
    refreshed.tokens = oauth::merge_refreshed(taken.connection.tokens, std::move(answer));
    refreshed.refresh_due_at =
        due_time(parts_.policy, provider->refresh, refreshed.tokens, parts_.clock.now(), parts_.random.dice());

    const auto written = co_await parts_.store.complete_refresh(refreshed.clone());
    crash_point("after_write");
    const bool in_the_store = written && *written;
    if (written && !in_the_store) {
        auto now = co_await as_it_is_now(taken.lease.key);
        if (is_superseded(now, taken.lease.generation)) {
            log_refresh(LogLevel::warning, "refresh_superseded", taken.lease.key, "another write came first");
            co_return now;
        }
    }
    RefreshOutcome outcome;
    outcome.connection = std::move(taken.connection);
    outcome.connection.tokens = refreshed.tokens.clone();
    storage::ConnectionSummary& summary = outcome.connection.summary;
    summary.status = storage::ConnectionStatus::healthy;
    summary.generation = taken.lease.generation + 1;
    summary.scopes = refreshed.tokens.scopes;
    summary.expires_at = refreshed.tokens.expires_at;
    summary.failures = 0;
    summary.last_error.clear();
    summary.intent.reset();
    if (!in_the_store) {
        const std::string why = written ? "another holds the lease" : written.error().message;
        log_refresh(LogLevel::error, "refresh_not_written", taken.lease.key, "rescued", why);
        const bool durable = co_await parts_.rescue.keep(&parts_.shard, std::move(refreshed));
        if (!durable)
            co_return failure(Errc::store_unavailable,
                              "The connection was refreshed and neither store nor rescue journal takes the new token; "
                              "it is kept in memory and written as soon as the disk allows.");
    }
    log_refresh(LogLevel::info, "refreshed", taken.lease.key, "refreshed");
    co_return outcome;
}

async::Task<Result<RefreshOutcome>> Refresher::record(storage::LeaseTaken taken, oauth::ProviderFailure reason) {
    const auto consequences =
        consequence(parts_.policy, reason, summary_of(taken), parts_.clock.now(), parts_.random.dice());
    const auto level = reason.failure == FailureClass::dead_grant || reason.failure == FailureClass::app_misconfigured
                           ? LogLevel::error
                           : LogLevel::warning;
    log_refresh(level, "refresh_failed", taken.lease.key, oauth::name_of(reason.failure), reason.detail);

    const auto recorded = co_await parts_.store.fail_refresh(taken.lease, consequences);
    crash_point("after_failure_recorded");
    if (recorded && !*recorded)
        co_return co_await as_it_is_now(taken.lease.key);

    // A store that is away changes nothing of the verdict: the intent stands, and the next refresh finds it.
    RefreshOutcome outcome;
    outcome.connection = std::move(taken.connection);
    outcome.connection.summary.status = consequences.status;
    outcome.connection.summary.last_error = consequences.error;
    outcome.next_try_at = consequences.next_try_at;
    outcome.failure = std::move(reason);
    co_return outcome;
}

async::Task<Result<RefreshOutcome>> Refresher::as_it_is_now(ConnectionKey key) {
    auto found = co_await parts_.store.find_connection(key);
    if (!found)
        co_return std::unexpected(std::move(found).error());
    if (!*found)
        co_return failure(Errc::no_connection,
                          "There is no connection \"" + key.integration.str() + "\" for this tenant.");
    RefreshOutcome outcome;
    outcome.connection = std::move(**found);
    co_return outcome;
}

void Refresher::count(const ProviderId& provider, std::string_view outcome,
                      std::chrono::steady_clock::time_point begun) {
    const MetricLabels labels{{"provider", provider.str()}, {"outcome", std::string(outcome)}};
    parts_.metrics.counter("evergrant_refreshes_total", "Refreshes by provider and outcome", labels).increment();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    parts_.metrics
        .histogram("evergrant_refresh_duration_seconds", "Time from the decision to refresh to its end",
                   {{"provider", provider.str()}})
        .observe(took.count());
}

}  // namespace evergrant::broker
