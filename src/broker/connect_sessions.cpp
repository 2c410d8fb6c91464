#include "broker/connect_sessions.h"

#include "storage/launch_issuers.h"

#include "base/log.h"
#include "broker/browser_binding.h"
#include "oauth/authorization_request.h"

#include <algorithm>
#include <utility>

namespace evergrant::broker {

namespace {

constexpr std::chrono::minutes longest_authorization{10};

std::unexpected<Error> not_a_good_link() {
    return failure(Errc::invalid_state, "This link has expired, or it is not whole; ask for a new one.");
}

std::unexpected<Error> another_browser() {
    return failure(Errc::forbidden, "This link was opened in another browser. Go on there, or ask for a new one.");
}

std::optional<std::string> problem_of(const catalog::ValueRule& rule, const std::string& value) {
    if (value.empty())
        return rule.required && rule.default_value.empty() ? std::optional<std::string>("Please fill this in.")
                                                           : std::nullopt;
    if (rule.check(value))
        return std::nullopt;
    if (!rule.allowed.empty())
        return "Please choose one of the list.";
    return rule.example.empty() ? "This cannot be right." : "This cannot be right. An example: " + rule.example;
}

/// What a person gave, without what surrounds it when it is pasted. Nothing else of `given` is taken.
catalog::Parameters of_person(const catalog::Provider& provider, const catalog::Parameters& given) {
    constexpr std::string_view blank = " \t\r\n";
    catalog::Parameters taken;
    for (const catalog::ValueRule* rule : asked_of_person(provider)) {
        const auto found = given.find(rule->name);
        const std::string_view text = found == given.end() ? std::string_view() : std::string_view(found->second);
        const std::size_t first = text.find_first_not_of(blank);
        if (first != std::string_view::npos)
            taken[rule->name] = text.substr(first, text.find_last_not_of(blank) - first + 1);
    }
    return taken;
}

std::vector<ConnectProblem> problems_of(const catalog::Provider& provider, const catalog::Parameters& taken) {
    std::vector<ConnectProblem> problems;
    for (const catalog::ValueRule* rule : asked_of_person(provider)) {
        const auto found = taken.find(rule->name);
        if (auto problem = problem_of(*rule, found == taken.end() ? std::string() : found->second))
            problems.push_back({rule->name, std::move(*problem)});
    }
    return problems;
}

/// The person is told in words of ours; the reason is for who can do something about it.
void log_not_begun(const storage::ConnectSession& session, const ProviderId& provider, const Error& error) {
    log(LogLevel::warning, "connect_not_begun",
        {{"tenant", session.tenant.str()},
         {"provider", provider.str()},
         {"error", error.message},
         {"detail", error.detail}});
}

}  // namespace

std::string_view name_of(ConnectState state) noexcept {
    switch (state) {
        case ConnectState::pending: return "pending";
        case ConnectState::connected: return "connected";
        case ConnectState::failed: return "failed";
        case ConnectState::expired: return "expired";
    }
    std::unreachable();
}

std::vector<const catalog::ValueRule*> asked_of_person(const catalog::Provider& provider) {
    std::vector<const catalog::ValueRule*> asked;
    for (const catalog::ValueRule& rule : provider.parameters)
        if (rule.asked_of == catalog::AskedOf::person)
            asked.push_back(&rule);
    return asked;
}

async::Task<Result<void>> ConnectSessions::check_providers(const ConnectOrder* order) {
    if (order->providers.empty())
        co_return invalid_field("providers", "providers must name at least one.");
    for (const ProviderId& id : order->providers) {
        const auto provider = parts_.catalog.get(id.str());
        if (!provider)
            co_return std::unexpected(provider.error());
        if (!(*provider)->grants(oauth::GrantType::authorization_code))
            co_return invalid_field("providers", "Provider \"" + id.str() +
                                                     "\" has no authorization_code grant: there is no page to send a "
                                                     "person to.");
        const auto client = co_await parts_.clients.find(order->tenant, id);
        if (!client)
            co_return std::unexpected(client.error());
    }
    co_return Result<void>();
}

async::Task<Result<ConnectCreated>> ConnectSessions::create(ConnectOrder order) {
    const std::chrono::seconds life = order.lifetime.value_or(longest_life);
    if (life <= std::chrono::seconds::zero() || life > longest_life)
        co_return invalid_field("lifetimeSeconds", "lifetimeSeconds must be from 1 to 1800.");
    auto origin = check_return_origin(parts_.redirects, order.return_origin);
    if (!origin)
        co_return std::unexpected(std::move(origin).error());
    const auto tenant = co_await parts_.store.find_tenant(order.tenant);
    if (!tenant)
        co_return std::unexpected(tenant.error());
    if (!*tenant)
        co_return failure(Errc::tenant_not_found, "There is no tenant \"" + order.tenant.str() + "\".");
    const auto checked = co_await check_providers(&order);
    if (!checked)
        co_return std::unexpected(checked.error());

    const std::string token = parts_.random.token();
    storage::ConnectSession session;
    session.id = hash_of_secret(token);
    session.tenant = std::move(order.tenant);
    for (ProviderId& id : order.providers)
        if (std::ranges::find(session.providers, id) == session.providers.end())
            session.providers.push_back(std::move(id));
    session.integration = std::move(order.integration);
    session.scopes = std::move(order.scopes);
    session.return_origin = std::move(*origin);
    session.created_by = std::move(order.created_by);
    session.may_replace = std::move(order.may_replace);
    session.created_at = parts_.clock.now();
    session.expires_at = session.created_at + life;

    ConnectCreated created;
    created.id = session.id;
    created.url = parts_.redirects.base_url + "/connect/" + token;
    created.expires_at = std::chrono::floor<std::chrono::seconds>(session.expires_at);
    const auto saved = co_await storage::connect_sessions_of(parts_.store).save_connect_session(std::move(session));
    if (!saved)
        co_return std::unexpected(saved.error());
    co_return created;
}

ConnectStatus ConnectSessions::status_of(storage::ConnectSession session) const {
    ConnectStatus status;
    switch (session.outcome) {
        case storage::ConnectOutcome::connected: status.state = ConnectState::connected; break;
        case storage::ConnectOutcome::failed: status.state = ConnectState::failed; break;
        case storage::ConnectOutcome::pending: status.state = ConnectState::pending; break;
    }
    Instant end = session.expires_at;
    if (!session.state_hash.empty())
        end += longest_authorization;  // what was begun in time may still come back
    if (status.state == ConnectState::pending && end <= parts_.clock.now())
        status.state = ConnectState::expired;
    if (!session.provider.empty())
        status.integration = session.integration.value_or(IntegrationId(session.provider.str()));
    status.session = std::move(session);
    return status;
}

async::Task<Result<ConnectStatus>> ConnectSessions::status(std::string id) {
    auto found = co_await storage::connect_sessions_of(parts_.store).find_connect_session(std::move(id));
    if (!found)
        co_return std::unexpected(std::move(found).error());
    if (!*found)
        co_return failure(Errc::not_found, "There is no such connect session, or its end is over an hour ago.");
    co_return status_of(std::move(**found));
}

async::Task<Result<ConnectOpened>> ConnectSessions::open(SecretString token, SecretString browser_secret) {
    storage::ConnectSessionStore& sessions = storage::connect_sessions_of(parts_.store);
    const std::string id = hash_of_secret(token.reveal());
    auto found = co_await sessions.find_connect_session(id);
    if (!found)
        co_return std::unexpected(std::move(found).error());
    if (!*found)
        co_return not_a_good_link();
    ConnectOpened opened;
    opened.session = std::move(**found);
    if (is_the_browser(opened.session.browser_hash, browser_secret)) {
        opened.browser_secret = std::move(browser_secret);
        co_return opened;
    }
    if (!opened.session.browser_hash.empty())
        co_return another_browser();
    if (opened.session.expires_at <= parts_.clock.now())
        co_return not_a_good_link();
    opened.browser_secret = browser_secret_for(std::move(browser_secret), parts_.random);
    opened.session.browser_hash = hash_of_secret(opened.browser_secret.reveal());
    const auto bound = co_await sessions.bind_connect_session(id, opened.session.browser_hash, parts_.clock.now());
    if (!bound)
        co_return std::unexpected(bound.error());
    if (!*bound)
        co_return another_browser();
    co_return opened;
}

async::Task<Result<storage::ConnectSession>> ConnectSessions::find(std::string id, SecretString browser_secret) {
    auto found = co_await storage::connect_sessions_of(parts_.store).find_connect_session(std::move(id));
    if (!found)
        co_return std::unexpected(std::move(found).error());
    if (!*found)
        co_return not_a_good_link();
    if (!is_the_browser((*found)->browser_hash, browser_secret))
        co_return another_browser();
    co_return std::move(**found);
}

async::Task<Result<ConnectView>> ConnectSessions::look(std::string id, SecretString browser_secret) {
    auto session = co_await find(std::move(id), std::move(browser_secret));
    if (!session)
        co_return std::unexpected(std::move(session).error());
    const auto tenant = co_await parts_.store.find_tenant(session->tenant);
    if (!tenant)
        co_return std::unexpected(tenant.error());
    ConnectView view;
    view.status = status_of(std::move(*session));
    if (!*tenant || view.status.state == ConnectState::expired)
        co_return not_a_good_link();
    view.may_begin =
        view.status.state != ConnectState::connected && view.status.session.expires_at > parts_.clock.now();
    view.tenant_name = (*tenant)->name.empty() ? (*tenant)->id.str() : (*tenant)->name;
    for (const ProviderId& provider : view.status.session.providers)
        if (const catalog::Provider* found = parts_.catalog.find(provider))
            view.providers.push_back(found);
    co_return view;
}

/// A person never decides which server gets our secret: a FHIR base is one that is registered for the tenant.
async::Task<Result<bool>> ConnectSessions::is_known_server(const catalog::Provider* provider,
                                                           const catalog::Parameters* given, TenantId tenant) {
    const auto base = given->find(catalog::smart_base_parameter(*provider));
    if (base == given->end())
        co_return true;
    const auto issuer =
        co_await storage::launch_issuers_of(parts_.store).find_launch_issuer(provider->id, base->second);
    if (!issuer)
        co_return std::unexpected(issuer.error());
    const auto rule = std::ranges::find(provider->parameters, base->first, &catalog::ValueRule::name);
    const bool is_default = rule != provider->parameters.end() && rule->default_value == base->second;
    co_return is_default || (*issuer && (*issuer)->tenant == tenant);
}

async::Task<Result<ConnectBegun>> ConnectSessions::begin(std::string id, SecretString browser_secret,
                                                         std::string provider, catalog::Parameters given) {
    auto session = co_await find(id, std::move(browser_secret));
    if (!session)
        co_return std::unexpected(std::move(session).error());
    if (session->outcome == storage::ConnectOutcome::connected)
        co_return failure(Errc::conflict, "This is connected already.");
    if (session->expires_at <= parts_.clock.now())
        co_return not_a_good_link();
    const ProviderId wanted(provider);
    const catalog::Provider* entry = parts_.catalog.find(wanted);
    if (entry == nullptr || std::ranges::find(session->providers, wanted) == session->providers.end())
        co_return invalid_field("provider", "This link is not for that provider.");

    ConnectBegun begun;
    AuthorizationOrder order;
    order.params = of_person(*entry, given);
    begun.problems = problems_of(*entry, order.params);
    if (!begun.problems.empty())
        co_return begun;
    const auto known = co_await is_known_server(entry, &order.params, session->tenant);
    if (!known)
        co_return std::unexpected(known.error());
    if (!*known) {
        begun.problems.push_back({catalog::smart_base_parameter(*entry),
                                  "This address is not registered here; ask whoever sent you the link."});
        co_return begun;
    }
    order.tenant = session->tenant;
    order.provider = std::move(provider);
    order.integration = session->integration;
    order.scopes = session->scopes;
    order.started_by = session->created_by;
    order.may_replace = session->may_replace;
    order.for_end_user = true;
    auto started = co_await parts_.authorizer.start(std::move(order));
    if (!started) {
        log_not_begun(*session, wanted, started.error());
        co_return std::unexpected(std::move(started).error());
    }

    const Instant now = parts_.clock.now();
    const auto noted = co_await storage::connect_sessions_of(parts_.store)
                           .begin_connect_session(std::move(id), started->state_hash, wanted, now);
    if (!noted)
        co_return std::unexpected(noted.error());
    if (!*noted)
        co_return not_a_good_link();
    // Of two that one browser has under way only the last would be told to the application: the other ends.
    if (!session->state_hash.empty())
        static_cast<void>(co_await parts_.store.spend_authorization(session->state_hash, now));
    begun.started = std::move(*started);
    co_return begun;
}

async::Task<Result<std::optional<storage::ConnectSession>>> ConnectSessions::session_of(std::string query) {
    const auto callback = oauth::parse_callback(query);
    if (!callback || callback->state.empty())
        co_return std::optional<storage::ConnectSession>();
    co_return co_await storage::connect_sessions_of(parts_.store)
        .find_connect_session_of(hash_of_secret(callback->state));
}

async::Task<Result<AuthorizationFinished>> ConnectSessions::finish(CallbackReceived received) {
    auto session = co_await session_of(received.query);
    if (!session)
        co_return std::unexpected(std::move(session).error());
    auto finished = co_await parts_.authorizer.finish(std::move(received));
    co_return co_await told(std::move(*session), std::move(finished));
}

async::Task<Result<AuthorizationFinished>> ConnectSessions::answer(AnswerReceived received) {
    auto session = co_await storage::connect_sessions_of(parts_.store)
                       .find_connect_session_of(hash_of_secret(received.handle.reveal()));
    if (!session)
        co_return std::unexpected(std::move(session).error());
    auto finished = co_await parts_.authorizer.answer(std::move(received));
    co_return co_await told(std::move(*session), std::move(finished));
}

/// What came of the session's authorization, noted; while a question waits it is what is under way.
async::Task<Result<AuthorizationFinished>> ConnectSessions::told(std::optional<storage::ConnectSession> session,
                                                                 Result<AuthorizationFinished> finished) {
    if (!session)
        co_return finished;
    // A browser that did not begin it learns and tells nothing.
    if (!finished && finished.error().code == Errc::invalid_state)
        co_return finished;
    storage::ConnectSessionStore& sessions = storage::connect_sessions_of(parts_.store);
    if (finished && finished->question) {
        std::string handle = hash_of_secret(finished->question->handle.reveal());
        const auto waits = co_await sessions.begin_connect_session(session->id, std::move(handle), session->provider,
                                                                   parts_.clock.now());
        if (!waits)
            co_return std::unexpected(waits.error());
        co_return finished;
    }
    AuthorizationFinished end;
    end.succeeded = finished && finished->succeeded;
    end.reason = finished ? finished->reason : std::string(traits_of(finished.error().code).name);
    end.location = parts_.redirects.base_url + "/connect/" + session->id + "/done";
    const auto outcome = end.succeeded ? storage::ConnectOutcome::connected : storage::ConnectOutcome::failed;
    const auto noted = co_await sessions.end_connect_session(session->state_hash, outcome, end.reason);
    if (!noted)
        co_return std::unexpected(noted.error());
    co_return end;
}

}  // namespace evergrant::broker
