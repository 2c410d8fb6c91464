#include "api/api_handler.h"

#include "api/connect_pages.h"
#include "api/envelope.h"
#include "api/error_page.h"
#include "api/injection.h"
#include "base/log.h"

#include <charconv>
#include <optional>
#include <utility>

namespace evergrant::api {

namespace {

constexpr std::string_view token_path = "/api/oauth/token/";
constexpr std::string_view min_ttl_name = "minTtl=";

struct TokenRead {
    std::string_view tenant;
    std::string_view integration;
    std::chrono::seconds min_ttl{0};
};

/// A read in its plainest form; everything else takes the long way and is answered the same.
std::optional<TokenRead> plain_token_read(const net::RequestView& request) {
    if (request.method != net::Method::get || !request.path.starts_with(token_path) || !request.body.empty())
        return std::nullopt;
    const std::string_view rest = request.path.substr(token_path.size());
    const std::size_t slash = rest.find('/');
    if (slash == rest.npos || rest.find('%') != rest.npos || rest.find('/', slash + 1) != rest.npos)
        return std::nullopt;
    TokenRead read{rest.substr(0, slash), rest.substr(slash + 1)};
    if (request.query.empty())
        return read;
    if (!request.query.starts_with(min_ttl_name))
        return std::nullopt;
    const std::string_view digits = request.query.substr(min_ttl_name.size());
    std::uint32_t seconds = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
    if (error != std::errc() || end != digits.data() + digits.size())
        return std::nullopt;
    read.min_ttl = std::chrono::seconds(seconds);
    return read;
}

Result<void> check_access(Access access, const broker::Principal& principal) {
    using storage::Role;
    if (!principal.limits.empty() && access != Access::calls)
        return failure(Errc::forbidden, "This key may only make the calls at providers that it is limited to.");
    const bool for_applications = access == Access::app || access == Access::calls;
    const bool allowed = principal.is_admin() || access == Access::signed_in ||
                         (for_applications && principal.role == Role::app) ||
                         (access == Access::auditor && principal.role == Role::auditor);
    if (!allowed)
        return failure(Errc::forbidden, "These credentials do not allow this.");
    return {};
}

/// What the logs will say of a request, as far as its path tells.
void note_path(const RouteMatch& match, storage::AuditEvent* event) {
    event->action = match.route->action;
    const bool of_tenant = match.route->pattern.starts_with("/api/tenants/");
    for (const auto& [name, value] : match.path_parameters) {
        if (name == "clientId" || name == "tenant" || (name == "id" && of_tenant))
            event->tenant = value;
        else if (name != "ticket" && name != "link" && name != "session" && name != "handle" &&
                 name != "answer")  // who holds one may use it
            event->integration = value;
    }
}

/// Of routes without credentials nobody is known.
broker::AuditCaller caller_of(const Route& route, const broker::Principal& who, std::string_view address,
                              std::string_view request_id) {
    return {route.access == Access::anyone ? nullptr : &who, address, request_id};
}

bool is_connect_page(std::string_view path) {
    return path.starts_with("/connect/");
}

/// Whether a browser that asks for this gets its errors as a page: routes that people open.
bool is_for_people(net::Method method, std::string_view path) {
    if (is_connect_page(path) || path.starts_with("/api/oauth/renew/") || path.starts_with("/api/oauth/confirm/") ||
        path.starts_with("/admin/") || path == "/")
        return true;
    return path.starts_with("/api/oauth/") && !is_enveloped(path) && method == net::Method::get;
}

net::Response page_of(const Error& error, std::string_view path, std::string_view request_id) {
    return is_connect_page(path) ? connect_error_page(error, request_id) : error_page(error, request_id);
}

/// Without a tenant it is no connection that the path names.
std::string_view connection_of(const storage::AuditEvent& about) {
    return about.tenant.empty() ? std::string_view() : std::string_view(about.integration);
}

/// The route's pattern, not the path: a path may hold a ticket.
void log_request(const Route& route, const storage::AuditEvent& about, unsigned status,
                 std::chrono::steady_clock::time_point begun) {
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begun);
    log(LogLevel::debug, "request",
        {{"route", route.pattern},
         {"tenant", about.tenant},
         {"integration", connection_of(about)},
         {"status", std::int64_t{status}},
         {"microseconds", std::int64_t{took.count()}}});
}

}  // namespace

void note_subject(const Call& call, std::string tenant, std::string integration, std::string detail) {
    call.about->tenant = std::move(tenant);
    call.about->integration = std::move(integration);
    call.about->detail = std::move(detail);
}

ApiHandler::ApiHandler(broker::BrokerShard& broker, connectors::ConnectorShard& connectors, const ApiContext& context,
                       broker::RateLimit limit_per_address)
    : broker_(broker),
      connectors_(connectors),
      context_(context),
      limit_per_address_(limit_per_address),
      vended_at_once_(context.metrics.counter("evergrant_tokens_vended_total",
                                              "Tokens handed out, by where they were found", {{"from", "cache"}})),
      token_head_(token_head()) {}

bool ApiHandler::answer_at_once(const net::RequestView& request, net::ResponseBuffer& out) {
    const auto read = plain_token_read(request);
    if (!read || !request.header("x-evergrant-inject").empty())
        return false;
    const cache::CachedToken* token =
        broker_.tokens.cached(read->tenant, read->integration, context_.clock.now_seconds(), read->min_ttl);
    if (token == nullptr)
        return false;
    const broker::Principal* principal = broker_.authenticator.known(request.header("authorization"));
    if (principal == nullptr || !principal->may_read_tokens() || !principal->may_see(read->tenant) ||
        !principal->may_use(token->provider) || !broker_.audit.may_vend())
        return false;
    broker_.audit.vend({principal, request.peer}, read->tenant, read->integration, "ok");
    out.append_sized(token_head_, token->rendered.reveal());
    vended_at_once_.increment();
    return true;
}

async::Task<net::Response> ApiHandler::answer(net::Request request, async::Deadline deadline) {
    as_injection(request);
    const std::string request_id = request.request_id;
    const std::string path = request.path;
    const net::Method method = request.method;
    const bool for_browser = request.header("accept").find("text/html") != std::string_view::npos;

    auto about = std::make_shared<storage::AuditEvent>();
    auto answered = co_await dispatch(std::move(request), deadline, about);
    if (answered)
        co_return std::move(*answered);
    const Error& error = answered.error();
    const ErrorTraits traits = traits_of(error.code);
    log(traits.log_level, "request_refused",
        {{"tenant", about->tenant},
         {"integration", connection_of(*about)},
         {"error", traits.name},
         {"message", error.message},
         {"detail", error.detail}});
    const bool page = for_browser && is_for_people(method, path);
    net::Response response = page                 ? page_of(error, path, request_id)
                             : is_enveloped(path) ? enveloped_error(error, request_id, context_.clock.now_seconds())
                                                  : net::error_response(error, request_id);
    if (error.code == Errc::method_not_allowed)
        response.headers.emplace_back("Allow", allowed_methods(path));
    co_return response;
}

async::Task<Result<net::Response>> ApiHandler::dispatch(net::Request request, async::Deadline deadline,
                                                        std::shared_ptr<storage::AuditEvent> about) {
    auto match = find_route(request.method, request.path);
    if (!match)
        co_return std::unexpected(std::move(match).error());
    note_path(*match, about.get());
    auto query = Query();
    // The callback's query is the provider's: its own reader keeps to other rules.
    const bool own_query = match->route->pattern.find("/callback") == std::string_view::npos;
    if (own_query) {
        auto parsed = Query::parse(request.query);
        if (!parsed)
            co_return std::unexpected(std::move(parsed).error());
        query = std::move(*parsed);
    }
    auto principal =
        co_await admit(match->route, std::string(request.header("authorization")), request.peer, request.request_id);
    if (!principal)
        co_return std::unexpected(std::move(principal).error());

    const Handler handler = match->route->handler;
    const auto begun = std::chrono::steady_clock::now();
    const broker::Principal who = *principal;
    const std::string address = request.peer;
    const std::string request_id = request.request_id;
    Call call{std::move(request),
              std::move(match->path_parameters),
              std::move(query),
              std::move(*principal),
              broker_,
              connectors_,
              context_,
              deadline,
              about};
    auto running = handler(std::move(call));
    auto answered = co_await async::within(deadline, std::move(running));
    const unsigned status = answered ? answered->status : traits_of(answered.error().code).http_status;
    log_request(*match->route, *about, status, begun);
    const broker::AuditCaller caller = caller_of(*match->route, who, address, request_id);
    const bool by_nobody = match->route->access == Access::anyone && !answered;
    if (by_nobody) {
        broker_.audit.refusal(caller, match->route->pattern, traits_of(answered.error().code).name);
    } else if (!about->action.empty()) {
        about->outcome = answered ? "ok" : std::string(traits_of(answered.error().code).name);
        broker_.audit.record(caller, *about);
    } else if (!answered && answered.error().code == Errc::forbidden) {
        broker_.audit.refusal(caller, match->route->pattern, traits_of(Errc::forbidden).name);
    }
    co_return answered;
}

async::Task<Result<broker::Principal>> ApiHandler::admit(const Route* route, std::string authorization,
                                                         std::string address, std::string request_id) {
    if (route->access == Access::anyone) {
        const auto allowed = within_rate(address);
        if (!allowed)
            co_return std::unexpected(allowed.error());
        co_return broker::Principal();
    }
    auto principal = co_await broker_.authenticator.authenticate(std::move(authorization));
    if (!principal) {
        const auto allowed = within_rate(address);
        if (!allowed)
            co_return std::unexpected(allowed.error());
        if (principal.error().code != Errc::rate_limited && principal.error().code != Errc::store_unavailable)
            broker_.audit.refusal({nullptr, address, request_id}, route->pattern,
                                  traits_of(principal.error().code).name);
        co_return principal;
    }
    const auto allowed = check_access(route->access, *principal);
    if (!allowed) {
        broker_.audit.refusal({&*principal, address, request_id}, route->pattern, traits_of(allowed.error().code).name);
        co_return std::unexpected(allowed.error());
    }
    co_return principal;
}

Result<void> ApiHandler::within_rate(const std::string& address) {
    constexpr std::size_t most_addresses = 10'000;
    const auto now = std::chrono::steady_clock::now();
    if (addresses_.size() >= most_addresses)
        std::erase_if(addresses_,
                      [now](const auto& entry) { return now - entry.second.last_asked() > std::chrono::minutes(1); });
    if (addresses_.size() >= most_addresses)
        addresses_.clear();
    const auto wait = addresses_[address].take(limit_per_address_, now);
    if (!wait)
        return {};
    auto refused = failure(Errc::rate_limited, "Too many requests from this address.");
    refused.error().retry_after = wait;
    return refused;
}

}  // namespace evergrant::api
