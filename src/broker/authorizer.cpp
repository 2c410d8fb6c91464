#include "broker/authorizer.h"

#include "base/log.h"
#include "broker/access.h"
#include "broker/browser_binding.h"
#include "broker/check_plan.h"
#include "broker/identity_check.h"
#include "oauth/id_token.h"
#include "oauth/pkce.h"
#include "oauth/smart_scopes.h"
#include "oauth/token_response.h"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <utility>

namespace evergrant::broker {

namespace {

/// RFC 6749 4.1.2.1: the person said no, or the provider did. Nothing is wrong with the app.
constexpr std::string_view oauth_access_denied = "access_denied";

std::unexpected<Error> invalid_state() {
    return failure(Errc::invalid_state, "Invalid or expired state");
}

/// Row C4: whoever opened the ticket is who comes back; a ticket nobody opened cannot come back at all.
bool is_the_browser(const storage::PendingAuthorization& pending, const SecretString& browser_secret) {
    return pending.ticket_hash.empty() || broker::is_the_browser(pending.browser_hash, browser_secret);
}

/// While a secret is being replaced the provider signs by either.
bool is_signed_by_one_of_ours(std::string_view query, const AppClient& client) {
    return oauth::hmac_matches(query, client.registration.client_secret) ||
           std::ranges::any_of(client.other_secrets,
                               [query](const SecretString& secret) { return oauth::hmac_matches(query, secret); });
}

/// Row C5: with distinct redirect URIs, an answer that arrives at another one's address was mixed up.
bool came_to(const storage::PendingAuthorization& pending, std::string_view path) {
    const auto uri = boost::urls::parse_uri(pending.redirect_uri);
    return uri && std::string_view(uri->encoded_path().data(), uri->encoded_path().size()) == path;
}

/// The provider's words, cut and without control characters: pages escape them, nothing else shows them.
std::string shown_description(std::string_view description) {
    constexpr std::size_t longest_shown = 200;
    std::string shown(description.substr(0, longest_shown));
    std::ranges::replace_if(shown, [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
    return shown;
}

/// A grant of whom nothing was said before is told apart from none.
bool is_another_person(const storage::ConnectionSummary& standing, const storage::NewGrant& grant) {
    return standing.granted_by && grant.granted_by && !standing.granted_by->is_same_person(*grant.granted_by);
}

std::unexpected<Error> denied(const oauth::Callback& callback) {
    std::string message = "The provider did not grant access: " + callback.error;
    const std::string description = shown_description(callback.error_description);
    if (!description.empty())
        message += " (" + description + ")";
    return failure(Errc::authorization_denied, message + ".");
}

/// A new grant ends the one that stands under its name, at its provider, too.
Result<void> may_replace(const std::optional<storage::Connection>& standing, const std::vector<ProviderId>& providers) {
    if (!standing || providers.empty() || includes(providers, standing->summary.provider))
        return {};
    return failure(Errc::forbidden, "The connection \"" + standing->summary.key.integration.str() +
                                        "\" is another provider's, for which this key is not; give another "
                                        "integrationId.");
}

/// Where it is known who granted what stands, it is asked who grants what comes in its place.
void ask_who_grants(const std::optional<storage::Connection>& standing, const ProviderId& provider,
                    std::vector<std::string>& scopes) {
    const bool is_known = standing && standing->summary.provider == provider && standing->summary.granted_by;
    if (is_known && std::ranges::find(scopes, "openid") == scopes.end())
        scopes.insert(scopes.begin(), "openid");
}

}  // namespace

async::Task<Result<AuthorizationStarted>> Authorizer::start(AuthorizationOrder order) {
    const auto tenant = co_await parts_.store.find_tenant(order.tenant);
    if (!tenant)
        co_return std::unexpected(tenant.error());
    if (!*tenant)
        co_return failure(Errc::tenant_not_found, "There is no tenant \"" + order.tenant.str() + "\".");
    const auto provider = parts_.catalog.get(order.provider);
    if (!provider)
        co_return std::unexpected(provider.error());
    if (!(*provider)->grants(oauth::GrantType::authorization_code))
        co_return invalid_field("provider",
                                "Provider \"" + order.provider +
                                    "\" has no authorization_code grant: there is no page to send a person to.");
    if (!order.redirect_to.empty()) {
        const auto allowed = check_redirect_to(parts_.redirects, order.redirect_to);
        if (!allowed)
            co_return std::unexpected(allowed.error());
    }
    const IntegrationId integration = order.integration.value_or(IntegrationId((*provider)->id.str()));
    ConnectionKey key{order.tenant, integration};
    const auto standing = co_await parts_.store.find_connection(std::move(key));
    if (!standing)
        co_return std::unexpected(standing.error());
    const auto replaceable = may_replace(*standing, order.may_replace);
    if (!replaceable)
        co_return std::unexpected(replaceable.error());
    if (order.scopes.empty())
        order.scopes = (*provider)->scopes;
    ask_who_grants(*standing, (*provider)->id, order.scopes);
    const auto deadline = async::Deadline::after(parts_.provider_timeout);
    GrantQuery query;
    query.provider = *provider;
    query.tenant = order.tenant;
    query.params = order.params;
    query.giver = order.giver;
    const auto planned = co_await plan_grant(&parts_.clients, &parts_.calls, &parts_.store, std::move(query), deadline);
    if (!planned)
        co_return std::unexpected(planned.error());

    if (planned->endpoints.authorization_url.empty())
        co_return failure(Errc::invalid_request,
                          "The provider's authorization URL is not known: give it as a parameter.");

    const std::string state = parts_.random.token();
    storage::PendingAuthorization pending = record_of(order, *planned, state);
    auto extra = catalog::expand_all((*provider)->authorization_params, pending.params);
    if (!extra)
        co_return std::unexpected(std::move(extra).error());
    const std::string url = authorization_url(pending, *planned, state, std::move(*extra));

    AuthorizationStarted started;
    started.integration = pending.key.integration;
    started.expires_at = std::chrono::floor<std::chrono::seconds>(pending.expires_at);
    started.url = url;
    started.state = state;
    started.state_hash = pending.state_hash;
    if (order.for_end_user) {
        const std::string ticket = parts_.random.token();
        pending.ticket_hash = hash_of_secret(ticket);
        pending.authorization_url = SecretString(url);
        started.url = parts_.redirects.base_url + "/api/oauth/start/" + ticket;
        started.state.clear();
    }
    const auto saved = co_await parts_.store.save_authorization(std::move(pending));
    if (!saved)
        co_return std::unexpected(saved.error());
    co_return started;
}

storage::PendingAuthorization Authorizer::record_of(const AuthorizationOrder& order, const GrantPlan& plan,
                                                    const std::string& state) {
    const catalog::Provider& provider = *plan.provider;
    storage::PendingAuthorization pending;
    pending.state_hash = hash_of_secret(state);
    pending.key.tenant = order.tenant;
    pending.key.integration = order.integration.value_or(IntegrationId(provider.id.str()));
    pending.provider = provider.id;
    pending.client_id = plan.client.registration.client_id;
    pending.params = plan.params;
    pending.scopes =
        oauth::smart_scopes_for(plan.endpoints.capabilities, order.scopes.empty() ? provider.scopes : order.scopes);
    pending.redirect_uri = redirect_uri(parts_.redirects, plan.client.redirect_uri, provider.id, order.tenant);
    pending.issuer = plan.endpoints.issuer;
    pending.issuer_required = plan.endpoints.issuer_in_callback;
    if (provider.pkce == catalog::Pkce::s256)
        pending.code_verifier = oauth::code_verifier(parts_.random.bytes32());
    if (std::ranges::find(pending.scopes, "openid") != pending.scopes.end())
        pending.nonce = parts_.random.token();
    pending.redirect_to = order.redirect_to;
    pending.started_by = order.started_by;
    pending.created_at = parts_.clock.now();
    pending.expires_at = pending.created_at + parts_.life;
    return pending;
}

std::string Authorizer::authorization_url(const storage::PendingAuthorization& pending, const GrantPlan& plan,
                                          const std::string& state, std::map<std::string, std::string> extra) {
    oauth::AuthorizationRequest request;
    request.endpoint = plan.endpoints.authorization_url;
    request.client_id = pending.client_id;
    request.redirect_uri = pending.redirect_uri;
    request.scopes = pending.scopes;
    request.scope_separator = plan.provider->scope_separator;
    request.state = state;
    if (!pending.code_verifier.empty())
        request.code_challenge = oauth::code_challenge(pending.code_verifier);
    request.nonce = pending.nonce;
    request.extra = std::move(extra);
    return oauth::authorization_url(request);
}

async::Task<Result<TicketOpened>> Authorizer::open_ticket(SecretString ticket, SecretString browser_secret) {
    browser_secret = browser_secret_for(std::move(browser_secret), parts_.random);
    auto opened = co_await parts_.store.open_ticket(hash_of_secret(ticket.reveal()),
                                                    hash_of_secret(browser_secret.reveal()), parts_.clock.now());
    if (!opened)
        co_return std::unexpected(std::move(opened).error());
    if (!*opened)
        co_return failure(Errc::invalid_state, "This link was used before or has expired; ask for a new one.");
    TicketOpened result;
    result.location = std::move(**opened);
    result.browser_secret = std::move(browser_secret);
    co_return result;
}

async::Task<Result<storage::PendingAuthorization>> Authorizer::spend(std::string state) {
    if (state.empty())
        co_return invalid_state();
    auto spent = co_await parts_.store.spend_authorization(hash_of_secret(state), parts_.clock.now());
    if (!spent)
        co_return std::unexpected(std::move(spent).error());
    if (!*spent)
        co_return invalid_state();
    co_return std::move(**spent);
}

async::Task<Result<AuthorizationFinished>> Authorizer::finish(CallbackReceived received) {
    Ending ending;
    ending.event.address = received.address;
    ending.event.request_id = received.request_id;
    auto finished = co_await finish(std::move(received), &ending);
    tell(std::move(ending), finished);
    co_return finished;
}

void Authorizer::tell(Ending ending, const Result<AuthorizationFinished>& finished) {
    ending.event.action = "authorization.finish";
    if (!finished)
        ending.failed = finished.error();
    ending.asked = finished && finished->question;
    count(ending);
    const std::string_view reached = ending.asked ? "asked" : "ok";
    ending.event.outcome = ending.failed ? traits_of(ending.failed->code).name : reached;
    // Of a state that nobody awaits there is nothing to tell but where it came from: the route does, and counts.
    if (!ending.event.tenant.empty())
        parts_.audit.record(std::move(ending.event));
}

/// A state that nobody awaits has no provider, and whoever makes up states shall not choose labels or fill the log.
void Authorizer::count(const Ending& ending) const {
    const bool awaited = !ending.provider.empty();
    std::string outcome = ending.failed ? std::string(traits_of(ending.failed->code).name) : "success";
    if (ending.person_declined)
        outcome = oauth_access_denied;
    if (ending.asked)
        outcome = "asked";
    parts_.metrics
        .counter("evergrant_callbacks_total", "Authorizations that came back, by provider and outcome",
                 {{"provider", awaited ? ending.provider.str() : "unknown"}, {"outcome", std::move(outcome)}})
        .increment();
    if (!ending.failed)
        return;
    const bool at_fault = awaited && !ending.person_declined;
    log(at_fault ? LogLevel::warning : traits_of(ending.failed->code).log_level, "authorization_failed",
        {{"tenant", ending.event.tenant},
         {"integration", ending.event.integration},
         {"provider", ending.provider.str()},
         {"error", ending.failed->message},
         {"detail", ending.failed->detail}});
}

async::Task<Result<AuthorizationFinished>> Authorizer::finish(CallbackReceived received, Ending* ending) {
    auto callback = oauth::parse_callback(received.query);
    if (!callback)
        co_return std::unexpected(std::move(callback).error());
    auto pending = co_await spend(callback->state);
    if (!pending)
        co_return std::unexpected(std::move(pending).error());
    ending->event.actor = pending->started_by;
    ending->event.tenant = pending->key.tenant.str();
    ending->event.integration = pending->key.integration.str();

    const catalog::Provider* provider = parts_.catalog.find(pending->provider);
    if (provider == nullptr || !pending->held.empty())
        co_return invalid_state();
    ending->provider = provider->id;
    const bool right_address = parts_.redirects.mode == RedirectUriMode::shared || came_to(*pending, received.path);
    if (!right_address || !is_the_browser(*pending, received.browser_secret))
        co_return invalid_state();
    const auto issuer = oauth::check_issuer(callback->issuer, pending->issuer, pending->issuer_required);
    if (!issuer)
        co_return std::unexpected(issuer.error());
    ending->person_declined = callback->error == oauth_access_denied;
    if (!callback->error.empty())
        co_return denied(*callback);
    if (callback->code.empty())
        co_return failure(Errc::invalid_request, "The provider's answer holds neither a code nor an error.");

    const storage::PendingAuthorization& begun = *pending;
    if (parts_.confirm_unbound && begun.ticket_hash.empty()) {
        HeldCallback held{SecretString(std::move(received.query))};
        auto asked = co_await ask(begun.clone(), write_held(held), std::move(received.browser_secret));
        co_return ended(begun, std::move(asked), ending);
    }
    auto obtained = co_await obtain(begun.clone(), std::move(*callback), std::move(received));
    co_return ended(begun, std::move(obtained), ending);
}

void Authorizer::plan_checks(storage::NewGrant& grant, const catalog::Provider& provider,
                             const oauth::TokenSet& tokens) const {
    const Instant now = parts_.clock.now();
    grant.dies_at = death_of(provider.refresh, tokens, std::chrono::floor<std::chrono::seconds>(now));
    const Watched watching{.probed = !provider.health_probe.empty(),
                           .renewable = !tokens.refresh_token.empty(),
                           .ends = tokens.expires_at,
                           .dies = grant.dies_at,
                           .looked_at = now,
                           .obtained = now};
    grant.check_at = first_check(watching, parts_.policy.probe_every, now, parts_.random.dice());
}

async::Task<Authorizer::Settled> Authorizer::obtain(storage::PendingAuthorization pending, oauth::Callback callback,
                                                    CallbackReceived received) {
    const catalog::Provider* provider = parts_.catalog.find(pending.provider);
    auto params = catalog::apply_callback(*provider, pending.params, callback.others);
    if (!params)
        co_return std::unexpected(std::move(params).error());
    auto deadline = async::Deadline::after(parts_.provider_timeout);
    GrantQuery query;
    query.provider = provider;
    query.tenant = pending.key.tenant;
    query.params = std::move(*params);
    auto planned = co_await plan_grant(&parts_.clients, &parts_.calls, &parts_.store, std::move(query), deadline);
    if (!planned)
        co_return std::unexpected(std::move(planned).error());
    if (planned->client.registration.client_id != pending.client_id)
        co_return failure(Errc::conflict, "The app credentials were changed during the authorization; begin again.");
    if (provider->callback.verify_hmac && !is_signed_by_one_of_ours(received.query, planned->client))
        co_return failure(Errc::invalid_state, "The callback's hmac does not match.");

    const bool identified = wants_id_token(pending, *planned);
    if (identified) {
        const auto prepared = co_await prepare_identity_check(&parts_.keys, &*planned, deadline);
        if (!prepared)
            co_return std::unexpected(prepared.error());
    }
    // A store that is away now would be away then, too; and it says what a revocation of the new grant could harm.
    const auto before = co_await parts_.store.find_connection(pending.key);
    if (!before)
        co_return std::unexpected(before.error());
    auto exchanged = co_await exchange(&pending, &*planned, std::move(callback.code), std::move(received.trace));
    if (!exchanged)
        co_return std::unexpected(std::move(exchanged).error());
    oauth::TokenSet& tokens = exchanged->tokens;
    for (const auto& kept : catalog::kept_of_callback(*provider, callback.others))
        tokens.metadata[kept.key()] = kept.value();
    const auto allowed = catalog::check_metadata(*provider, tokens.metadata);
    storage::NewGrant grant = new_grant(pending, planned->params, std::move(tokens));
    const bool first = !before->has_value();
    if (!allowed) {
        static_cast<void>(parts_.keeper.discard(std::move(grant), first));
        co_return std::unexpected(allowed.error());
    }
    if (!identified)
        co_return co_await settle(std::move(grant), first, Replacing::the_same_persons);
    IdTokenReceived asked;
    asked.token = std::move(exchanged->id_token);
    asked.access_token = grant.tokens.access_token.clone();
    asked.nonce = pending.nonce;
    deadline = async::Deadline::after(parts_.provider_timeout);
    auto identity =
        co_await who_granted(&parts_.keys, &*planned, std::move(asked), parts_.clock.now_seconds(), deadline);
    if (!identity) {
        static_cast<void>(parts_.keeper.discard(std::move(grant), first));
        co_return std::unexpected(std::move(identity).error());
    }
    grant.granted_by = std::move(*identity);
    if (!first && is_another_person((*before)->summary, grant)) {
        auto granted_before = (*before)->summary.granted_by;
        co_return co_await ask_about_person(std::move(pending), std::move(grant), std::move(granted_before),
                                            std::move(received.browser_secret));
    }
    co_return co_await settle(std::move(grant), first, Replacing::the_same_persons);
}

storage::NewGrant Authorizer::new_grant(const storage::PendingAuthorization& pending, catalog::Parameters params,
                                        oauth::TokenSet tokens) const {
    const catalog::Provider& provider = *parts_.catalog.find(pending.provider);
    storage::NewGrant grant;
    grant.key = pending.key;
    grant.provider = pending.provider;
    grant.params = std::move(params);
    if (provider.smart_discovery)
        grant.params.erase("launch");  // an EHR takes it once
    grant.refresh_due_at = due_time(parts_.policy, provider.refresh, tokens, parts_.clock.now(), parts_.random.dice());
    plan_checks(grant, provider, tokens);
    grant.tokens = std::move(tokens);
    return grant;
}

/// Writes the grant in place of what stands.
async::Task<Authorizer::Settled> Authorizer::settle(storage::NewGrant grant, bool first, Replacing replacing) {
    const ConnectionKey key = grant.key;
    const ProviderId provider = grant.provider;
    // What is replaced is only known for its revocation: if it cannot be read the new grant is worth more.
    auto replaced = co_await parts_.store.find_connection(key);
    const bool came_between = replacing == Replacing::the_same_persons && replaced && *replaced &&
                              is_another_person((*replaced)->summary, grant);
    if (came_between) {
        static_cast<void>(parts_.keeper.discard(std::move(grant), true));
        co_return failure(Errc::conflict, "Somebody else has connected meanwhile; begin again.");
    }
    const auto saved = co_await parts_.keeper.keep(std::move(grant), first);
    if (!saved)
        co_return std::unexpected(saved.error());
    co_await parts_.vendors.replaced(key, saved->summary.generation);
    const auto tenant = co_await parts_.store.find_tenant(key.tenant);
    if (tenant && !*tenant) {
        static_cast<void>(co_await parts_.revoker.revoke(key));
        co_return failure(Errc::tenant_not_found, "The tenant was removed during the authorization.");
    }
    if (replaced && *replaced)
        parts_.revoker.revoke_replaced(std::move(**replaced), *saved);
    log(LogLevel::info, "grant_obtained",
        {{"tenant", key.tenant.str()}, {"integration", key.integration.str()}, {"provider", provider.str()}});
    co_return std::optional<AuthorizationQuestion>();
}

async::Task<Result<Authorizer::Exchanged>> Authorizer::exchange(const storage::PendingAuthorization* pending,
                                                                GrantPlan* plan, SecretString code,
                                                                std::optional<TraceContext> trace) {
    auto extra = catalog::expand_all(plan->provider->token_params, plan->params);
    if (!extra)
        co_return std::unexpected(std::move(extra).error());
    oauth::TokenEndpoint endpoint;
    endpoint.url = plan->endpoints.token_url;
    endpoint.client_auth = catalog::client_auth_for(*plan->provider, plan->params);
    endpoint.extra = std::move(*extra);
    oauth::CodeGrant grant;
    grant.code = std::move(code);
    grant.redirect_uri = pending->redirect_uri;
    grant.code_verifier = pending->code_verifier.clone();

    oauth::TokenResponseContext context;
    context.now = parts_.clock.now_seconds();
    context.requested_scopes = pending->scopes;
    context.scope_separator = plan->provider->scope_separator;
    context.assumed_lifetime = plan->provider->access_token_lifetime;
    context.error_rules = plan->provider->errors;

    const auto deadline = async::Deadline::after(parts_.provider_timeout);
    const storage::ConnectionSummary nothing_yet;
    oauth::ProviderFailure refusal;
    do {
        const auto shown = plan->proof.shown(plan->client.registration, parts_.clock.now_seconds(), parts_.random);
        auto request = oauth::authorization_code_request(endpoint, shown, grant);
        hand_on(trace, &request);
        auto answer = co_await parts_.calls.send(pending->provider, std::move(request), deadline);
        if (!answer)
            co_return std::unexpected(error_of(answer.error(), nothing_yet));
        context.secrets = {grant.code.reveal(), grant.code_verifier.reveal(),
                           plan->client.registration.client_secret.reveal(), shown.client_assertion.reveal()};
        auto tokens = oauth::read_token_response(*answer, context);
        if (tokens) {
            Exchanged exchanged;
            exchanged.tokens = std::move(*tokens);
            exchanged.id_token = oauth::id_token_in(answer->body);
            co_return exchanged;
        }
        refusal = std::move(tokens).error();
    } while (plan->client.takes_another_secret_after(refusal));
    // A code that is refused is not a dead grant: there was none yet.
    Error error = error_of(refusal, nothing_yet);
    if (error.code == Errc::reauthorization_required) {
        error.code = Errc::provider_error;
        error.authorize_url.clear();
    }
    co_return std::unexpected(std::move(error));
}

AuthorizationFinished Authorizer::way_on(const std::string& redirect_to, const TenantId& tenant,
                                         const ProviderId& provider, std::string_view reason) const {
    AuthorizationFinished finished;
    finished.succeeded = reason.empty();
    finished.reason = reason;
    const std::string target = redirect_to.empty() ? tenant_page(parts_.redirects, tenant) : redirect_to;
    if (finished.succeeded)
        finished.location = with_query(target, {{"oauth", "success"}, {"provider", provider.str()}});
    else
        finished.location = with_query(target, {{"oauth", "error"}, {"reason", reason}});
    return finished;
}

}  // namespace evergrant::broker
