#include "broker/refresher.h"

#include "base/crash_point.h"
#include "base/log.h"
#include "broker/check_plan.h"
#include "broker/lease_renewal.h"
#include "broker/secret_list.h"
#include "oauth/id_token.h"
#include "oauth/scopes.h"
#include "oauth/token_response.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

namespace evergrant::broker {

namespace {

using oauth::FailureClass;
using std::chrono::steady_clock;

/// Who asks with the app's own credentials may ask again.
const catalog::RefreshPolicy nothing_is_spent{catalog::RefreshPolicyKind::is_static, std::chrono::seconds(0), {}, {}};

/// Nobody can authorize anew what was granted to the app: its registration there has to be seen to.
oauth::ProviderFailure of_app_grant(oauth::ProviderFailure failure) {
    if (failure.failure == FailureClass::dead_grant)
        failure.failure = FailureClass::app_misconfigured;
    return failure;
}

/// Takes out what the provider's entry does not allow, so that the value of before stays: readers would send the token
/// there. The grant stays too; its refresh token may be spent. Whether there was any.
bool drop_forbidden_metadata(const catalog::Provider& provider, boost::json::object& metadata) {
    const std::size_t before = metadata.size();
    for (const catalog::ValueRule& rule : provider.metadata) {
        const auto* const value = metadata.if_contains(rule.name);
        const auto* const text = value == nullptr ? nullptr : value->if_string();
        const bool allowed = text != nullptr && rule.check(std::string_view(text->data(), text->size())).has_value();
        if (value != nullptr && !allowed)
            metadata.erase(rule.name);
    }
    return metadata.size() != before;
}

/// Of an answer to a refresh that is another grant's. What it brought is never served. Had the refresh token not been
/// replaced it can be presented again; if it was, nothing is left of the grant that the person gave.
oauth::ProviderFailure not_the_same_grant(oauth::IdTokenFlaw flaw, bool replaced) {
    oauth::ProviderFailure failure;
    failure.failure = replaced ? FailureClass::dead_grant : FailureClass::provider_unavailable;
    failure.reason = "The provider answered the refresh with another grant's tokens: ";
    switch (flaw) {
        case oauth::IdTokenFlaw::issuer: failure.code = "id_token_iss"; break;
        case oauth::IdTokenFlaw::audience: failure.code = "id_token_aud"; break;
        default: failure.code = "id_token_sub";
    }
    failure.reason += "its " + failure.code + " is not the one of before.";
    return failure;
}

/// Nothing: as far as the answer says, it is the same grant.
std::optional<oauth::ProviderFailure> other_grant(const storage::Connection& connection, const oauth::TokenSet& tokens,
                                                  std::string_view body, std::string_view client_id) {
    const auto& granted_by = connection.summary.granted_by;
    if (!granted_by)
        return std::nullopt;
    const SecretString id_token = oauth::id_token_in(body);
    const auto flaw = oauth::flaw_of_refreshed(id_token.reveal(), *granted_by, client_id);
    if (!flaw)
        return std::nullopt;
    const bool replaced =
        !tokens.refresh_token.empty() && tokens.refresh_token.reveal() != connection.tokens.refresh_token.reveal();
    return not_the_same_grant(*flaw, replaced);
}

}  // namespace

/// One refresh under way, and what its steps hand to each other.
struct Refresher::Run {
    Run(RefreshProtocol::Question question, std::optional<TraceContext> caused_by)
        : key(question.key), trace(std::move(caused_by)), protocol(std::move(question)) {}

    ConnectionKey key;
    std::optional<TraceContext> trace;
    RefreshProtocol protocol;
    SteadyTime begun = steady_clock::now();
    const catalog::Provider* provider{nullptr};
    oauth::TokenEndpoint endpoint;
    std::optional<storage::AppCredentials> own_credentials;  // as of the last look
    AppClient client;
    ClientProof proof;
    std::unique_ptr<LeaseRenewal> renewal;
    std::optional<sys_seconds> told_death;  // of the grant, by the answer
    std::string not_written;                // why the store refused the new token set
    bool budgeted{false};
    bool leased{false};
    bool answered{false};  // by the provider, with a new token set
    bool kept{false};
    bool refused{false};  // the token that is to be replaced

    void log_as(LogLevel level, std::string_view event, std::string_view outcome, std::string_view detail = {}) const {
        log(level, event,
            {{"tenant", key.tenant.str()},
             {"integration", key.integration.str()},
             {"outcome", outcome},
             {"detail", detail}});
    }
};

Refresher::Refresher(Parts parts)
    : parts_(std::move(parts)),
      under_way_(parts_.metrics.gauge("evergrant_refreshes_under_way", "Refreshes that have not ended yet")),
      lease_waits_(parts_.metrics.counter("evergrant_lease_waits_total",
                                          "Pauses made because another replica held a connection's lease")),
      owner_(parts_.owner) {}

async::Task<Result<RefreshOutcome>> Refresher::refresh(RefreshOrder order) {
    const ConnectionKey key = order.key;
    RefreshProtocol::Question question;
    question.key = key;
    question.newer_than = order.newer_than;
    question.claimed = order.claimed;
    question.owner = owner_.name();
    question.policy = parts_.policy;
    question.times = parts_.times;
    Run run(std::move(question), std::move(order.trace));
    run.refused = order.refused;
    const UnderWay counted(under_way_);

    RefreshAction action = run.protocol.next(refresh_event::Begun{parts_.rescue.waits(key)}, moment());
    while (!std::holds_alternative<refresh_action::Done>(action)) {
        auto step = std::visit([this, &run](auto& one) { return perform(&run, &one); }, action);
        auto event = co_await std::move(step);
        action = run.protocol.next(std::move(event), moment());
    }
    auto& done = std::get<refresh_action::Done>(action);
    if (done.orphan)
        parts_.revoke_orphan(std::move(*done.orphan));
    conclude(run, done.outcome);
    co_return std::move(done.outcome);
}

Moment Refresher::moment() {
    return {parts_.clock.now(), steady_clock::now(), parts_.random.dice()};
}

void Refresher::heard(const ConnectionKey& key) {
    const auto [first, last] = waiting_.equal_range(key);
    for (auto waiter = first; waiter != last; ++waiter)
        waiter->second->cancel();
}

async::Task<RefreshEvent> Refresher::perform(Run* run, refresh_action::Look*) {
    auto basis = co_await parts_.store.find_refresh_basis(run->key);
    if (!basis)
        co_return refresh_event::Looked{std::unexpected(std::move(basis).error())};
    if (!*basis)
        co_return refresh_event::Looked{std::optional<storage::Connection>()};
    run->own_credentials = std::move((*basis)->own_credentials);
    co_return refresh_event::Looked{std::optional(std::move((*basis)->connection))};
}

async::Task<RefreshEvent> Refresher::perform(Run* run, refresh_action::Prepare*) {
    auto policy = co_await prepare(run);
    co_return refresh_event::Prepared{std::move(policy)};
}

async::Task<Result<catalog::RefreshPolicy>> Refresher::prepare(Run* run) {
    const storage::Connection& connection = run->protocol.connection();
    const storage::ConnectionSummary& summary = connection.summary;
    run->provider = parts_.catalog.find(summary.provider);
    if (run->provider == nullptr)
        co_return failure(Errc::unknown_provider, "The catalogue no longer has provider \"" + summary.provider.str() +
                                                      "\": give its file with --catalog.");

    auto client = co_await parts_.clients.choose(std::move(run->own_credentials), summary.provider);
    if (!client)
        co_return std::unexpected(std::move(client).error());
    run->client = std::move(*client);
    narrow_to(&run->client, catalog::complete_parameters(*run->provider, connection.params));

    const auto deadline = async::Deadline::after(parts_.times.provider_timeout);
    const auto endpoints = co_await parts_.calls.endpoints(run->provider, connection.params, deadline);
    if (!endpoints)
        co_return std::unexpected(endpoints.error());
    auto extra = catalog::expand_all(run->provider->token_params, connection.params);
    if (!extra)
        co_return std::unexpected(std::move(extra).error());
    auto proof = co_await parts_.calls.proof(run->provider, connection.params, *endpoints, summary.grant_type);
    if (!proof)
        co_return std::unexpected(std::move(proof).error());
    run->proof = std::move(*proof);
    run->endpoint.url = endpoints->token_url;
    run->endpoint.client_auth = catalog::client_auth_for(*run->provider, connection.params);
    run->endpoint.extra = std::move(*extra);

    // No lease, no intent and no budget for a request that would not be sent.
    if (const auto rest = parts_.calls.rest_of(summary.provider, run->endpoint.url)) {
        auto away = failure(Errc::provider_unreachable, "The provider has not answered lately; try again shortly.");
        away.error().retry_after = std::chrono::ceil<std::chrono::seconds>(*rest);
        co_return away;
    }
    const std::string client_id = run->client.registration.client_id;
    auto budgeted = co_await parts_.budgets.take(run->provider, summary.key, client_id);
    if (!budgeted)
        co_return std::unexpected(std::move(budgeted).error());
    run->budgeted = true;
    if (oauth::needs_the_app_alone(summary.grant_type))
        co_return nothing_is_spent;
    co_return run->provider->refresh;
}

async::Task<RefreshEvent> Refresher::perform(Run* run, refresh_action::TakeLease* action) {
    // What is sent now might be cut off before its answer is written.
    if (parts_.shard.closing()) {
        Result<storage::LeaseAnswer> refused =
            failure(Errc::shutting_down, "The server is shutting down; ask another replica.");
        co_return refresh_event::LeaseAnswered{std::move(refused)};
    }
    auto answer = co_await parts_.store.take_lease(action->request);
    auto* taken = answer ? std::get_if<storage::LeaseTaken>(&*answer) : nullptr;
    if (taken != nullptr) {
        crash_point("after_intent");
        run->leased = true;
        if (taken->connection.summary.intent && taken->connection.summary.intent->attempts > 1)
            note_doubt(*run);
        auto heard = [run](bool extended, SteadyTime asked_at) { run->protocol.renewed(extended, asked_at); };
        run->renewal = std::make_unique<LeaseRenewal>(parts_.shard, parts_.store, taken->lease, parts_.times.lease,
                                                      std::move(heard));
    }
    co_return refresh_event::LeaseAnswered{std::move(answer)};
}

void Refresher::note_doubt(const Run& run) {
    run.log_as(LogLevel::warning, "refresh_in_doubt", "trying again",
               "an earlier answer to this refresh token was lost");
    parts_.metrics
        .counter("evergrant_refreshes_in_doubt_total", "Refresh tokens presented again because an answer was lost",
                 {{"provider", run.provider->id.str()}})
        .increment();
}

async::Task<RefreshEvent> Refresher::perform(Run* run, refresh_action::Wait* action) {
    constexpr auto no_throw = boost::asio::as_tuple(boost::asio::use_awaitable);
    run->renewal.reset();
    lease_waits_.increment();
    boost::asio::steady_timer timer(parts_.shard.context(), action->pause);
    const auto place = waiting_.emplace(run->key, &timer);
    co_await timer.async_wait(no_throw);
    waiting_.erase(place);
    co_return refresh_event::Woken();
}

async::Task<RefreshEvent> Refresher::perform(Run* run, refresh_action::Send* action) {
    // What was stopped since the decision, and wakes past the right to send, stops here; what stops later, in net/.
    const async::Deadline deadline(action->not_after);
    if (deadline.passed())
        co_return refresh_event::Answered{std::unexpected(ran_out_before_sending())};
    auto tokens = co_await present(run, &action->refresh_token, deadline);
    while (!tokens && run->client.takes_another_secret_after(tokens.error()))
        tokens = co_await present(run, &action->refresh_token, deadline);
    run->answered = tokens.has_value();
    if (tokens)
        run->told_death = told_death(*tokens, parts_.clock.now_seconds());
    co_return refresh_event::Answered{std::move(tokens)};
}

oauth::BackChannelRequest Refresher::request_for(Run& run, const SecretString& refresh_token) {
    const storage::Connection& connection = run.protocol.connection();
    const sys_seconds now = parts_.clock.now_seconds();
    const oauth::ClientRegistration& registration = run.client.registration;
    const std::string scope = oauth::join_scopes(connection.asked_scopes, run.provider->scope_separator);
    if (connection.summary.grant_type == oauth::GrantType::jwt_bearer) {
        const auto place = run.provider->jwt_bearer.scope;
        const SecretString assertion = run.proof.grant_assertion(
            registration.client_id, place == catalog::AssertionScope::assertion ? scope : "", now, parts_.random);
        return oauth::jwt_bearer_request(run.endpoint, assertion,
                                         place == catalog::AssertionScope::request ? scope : "");
    }
    const auto shown = run.proof.shown(registration, now, parts_.random);
    if (oauth::needs_the_app_alone(connection.summary.grant_type))
        return oauth::client_credentials_request(run.endpoint, shown, scope);
    return oauth::refresh_request(run.endpoint, shown, refresh_token);
}

async::Task<std::expected<oauth::TokenSet, oauth::ProviderFailure>> Refresher::present(
    Run* run, const SecretString* refresh_token, async::Deadline deadline) {
    const storage::Connection& connection = run->protocol.connection();
    const bool app_grant = oauth::needs_the_app_alone(connection.summary.grant_type);
    const std::vector<std::string>& scopes = app_grant ? connection.asked_scopes : connection.tokens.scopes;
    auto request = request_for(*run, *refresh_token);
    hand_on(run->trace, &request);
    auto answer = co_await parts_.calls.send(run->provider->id, std::move(request), deadline);
    crash_point("after_answer");
    if (!answer)
        co_return std::unexpected(std::move(answer).error());

    oauth::TokenResponseContext context;
    context.now = parts_.clock.now_seconds();
    context.requested_scopes = scopes;
    context.scope_separator = run->provider->scope_separator;
    context.assumed_lifetime =
        assumed_life(run->provider->access_token_lifetime, connection.tokens, run->refused, context.now);
    context.error_rules = run->provider->errors;
    context.secrets = {refresh_token->reveal(), run->client.registration.client_secret.reveal(),
                       connection.tokens.access_token.reveal()};
    auto tokens = oauth::read_token_response(*answer, context);
    if (tokens && drop_forbidden_metadata(*run->provider, tokens->metadata))
        run->log_as(LogLevel::warning, "metadata_refused", "refreshed without it",
                    "the answer names a place that the provider's entry does not allow");
    if (!app_grant) {
        if (!tokens)
            co_return tokens;
        auto other = other_grant(connection, *tokens, answer->body, run->client.registration.client_id);
        if (other)
            co_return std::unexpected(std::move(*other));
        co_return tokens;
    }
    if (!tokens)
        co_return std::unexpected(of_app_grant(std::move(tokens).error()));
    tokens->refresh_token = SecretString();  // RFC 6749 4.4.3: there should be none
    co_return tokens;
}

/// A connection whose entry has come to name a probe, or a life, since it was obtained is looked at from now on.
void Refresher::plan_checks(const Run& run, storage::RefreshedGrant& refreshed) {
    refreshed.dies_at = run.told_death;
    Watched watching = watched(run.protocol.connection().summary, run.provider);
    if (run.told_death)
        watching.dies = run.told_death;
    const Instant now = parts_.clock.now();
    watching.looked_at = now;
    refreshed.check_at = next_check(watching, parts_.policy.probe_every, now, parts_.random.dice());
}

async::Task<RefreshEvent> Refresher::perform(Run* run, refresh_action::Complete* action) {
    plan_checks(*run, action->refreshed);
    auto written = co_await parts_.store.complete_refresh(std::move(action->refreshed));
    crash_point("after_write");
    if (!written)
        run->not_written = written.error().message;
    else if (!*written)
        run->not_written = "another holds the lease";
    co_return refresh_event::Written{std::move(written)};
}

async::Task<RefreshEvent> Refresher::perform(Run* run, refresh_action::Keep* action) {
    run->kept = true;
    run->log_as(LogLevel::error, "refresh_not_written", "rescued", run->not_written);
    const bool durable = co_await parts_.rescue.keep(&parts_.shard, std::move(action->refreshed));
    co_return refresh_event::Kept{durable};
}

async::Task<RefreshEvent> Refresher::perform(Run* run, refresh_action::RecordFailure* action) {
    const FailureClass reason = action->reason.failure;
    const bool ours = reason == FailureClass::dead_grant || reason == FailureClass::app_misconfigured;
    run->log_as(ours ? LogLevel::error : LogLevel::warning, "refresh_failed", oauth::name_of(reason),
                action->reason.detail);
    auto recorded = co_await parts_.store.fail_refresh(std::move(action->lease), std::move(action->consequence));
    crash_point("after_failure_recorded");
    if (!recorded)
        owner_.change();
    co_return refresh_event::Recorded{std::move(recorded)};
}

async::Task<RefreshEvent> Refresher::perform(Run*, refresh_action::Done*) {
    throw std::logic_error("there is nothing to perform once a refresh is done");
    co_return refresh_event::Woken();
}

/// Only what went as far as taking the lease is a refresh in the figures.
void Refresher::conclude(const Run& run, const Result<RefreshOutcome>& outcome) {
    if (run.budgeted && !run.leased)
        parts_.budgets.give_back(*run.provider, run.key, run.client.registration.client_id);
    if (!run.leased)
        return;
    const bool failed = outcome && outcome->failure;
    if (run.answered && !run.not_written.empty() && !run.kept)
        run.log_as(LogLevel::warning, "refresh_superseded", "another write came first");
    else if (run.answered && outcome)
        run.log_as(LogLevel::info, "refreshed", "refreshed");

    const std::string_view word = !outcome ? traits_of(outcome.error().code).name
                                  : failed ? oauth::name_of(outcome->failure->failure)
                                           : "refreshed";
    const ProviderId& provider = run.provider->id;
    parts_.metrics
        .counter("evergrant_refreshes_total", "Refreshes by provider and outcome",
                 {{"provider", provider.str()}, {"outcome", std::string(word)}})
        .increment();
    parts_.audit.record(storage::AuditEvent{.actor = "system",
                                            .action = "token.refresh",
                                            .tenant = run.key.tenant.str(),
                                            .integration = run.key.integration.str(),
                                            .outcome = word == "refreshed" ? "ok" : std::string(word)});
    const std::chrono::duration<double> took = steady_clock::now() - run.begun;
    parts_.metrics
        .histogram("evergrant_refresh_duration_seconds", "Time from the decision to refresh to its end",
                   {{"provider", provider.str()}, {"outcome", std::string(word)}})
        .observe(took.count());
}

}  // namespace evergrant::broker
