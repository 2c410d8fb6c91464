#include "api/api_handler.h"
#include "api/handlers.h"
#include "async/for_each_index.h"
#include "crypto/encoding.h"
#include "crypto/hash.h"

#include <boost/json/serialize.hpp>

#include <charconv>
#include <utility>

namespace evergrant::api {

namespace {

constexpr std::chrono::seconds longest_min_ttl = std::chrono::days(365);

boost::json::object token_object(const cache::CachedToken& token) {
    boost::json::object body;
    body["success"] = true;
    body["accessToken"] = token.access_token.reveal();
    body["tokenType"] = token.token_type;
    if (token.expires_at)
        body["expiresAt"] = to_iso8601(*token.expires_at);
    else
        body["expiresAt"] = nullptr;
    body["scopes"] = boost::json::array(token.scopes.begin(), token.scopes.end());
    body["metadata"] = token.metadata;
    if (token.degraded)
        body["degraded"] = true;
    return body;
}

net::Response token_answer(std::string body) {
    net::Response response = net::json_response(200, std::move(body));
    response.headers.emplace_back("Cache-Control", "no-store");
    return response;
}

/// For nginx auth_request and Envoy ext_authz: the header that the upstream wants, and nothing else.
net::Response injection_response(const cache::CachedToken& token, const catalog::Catalog& catalog) {
    net::Response response;
    const catalog::Provider* provider = catalog.find(token.provider);
    const std::string name = provider == nullptr ? "Authorization" : provider->authorization_header;
    const std::string scheme = provider == nullptr ? "Bearer" : provider->authorization_scheme;
    response.headers.emplace_back(
        name, scheme.empty() ? token.access_token.reveal() : scheme + " " + token.access_token.reveal());
    response.headers.emplace_back("Cache-Control", "no-store");
    return response;
}

std::unexpected<Error> no_connection(const IntegrationId& integration) {
    return failure(Errc::no_connection, "There is no connection \"" + integration.str() + "\" for this tenant.");
}

std::unexpected<Error> no_audit() {
    Error error{.code = Errc::store_unavailable,
                .message = "The audit log cannot be written, and no token is handed out until it can be.",
                .retry_after = std::chrono::seconds(5)};
    return std::unexpected(std::move(error));
}

void audit_vend(const Call* call, const TenantId& tenant, const IntegrationId& integration, std::string_view outcome) {
    call->broker.audit.vend(call->caller(), tenant.str(), integration.str(), outcome);
}

/// Gives the token if the caller may have it. A tenant or provider the caller may not see answers like one not there.
async::Task<Result<cache::SharedToken>> vend(const Call* call, broker::TokenQuery query) {
    const TenantId tenant = query.key.tenant;
    const IntegrationId integration = query.key.integration;
    if (!call->principal.may_see(tenant.str())) {
        audit_vend(call, tenant, integration, "forbidden");
        co_return no_connection(integration);
    }
    query.trace = TraceContext::parse(call->request.header("traceparent"));
    query.providers = call->principal.providers;
    if (!call->broker.audit.may_vend())
        co_return no_audit();
    auto token = co_await call->broker.tokens.token(std::move(query));
    // Asked again of what came: a new grant may have brought another provider meanwhile.
    const bool anothers = token ? !call->principal.may_use((*token)->provider) : token.error().code == Errc::forbidden;
    if (anothers) {
        audit_vend(call, tenant, integration, "forbidden");
        co_return no_connection(integration);
    }
    const std::string_view outcome = token ? "store" : traits_of(token.error().code).name;
    audit_vend(call, tenant, integration, token ? "ok" : outcome);
    call->context.metrics
        .counter(token ? "evergrant_tokens_vended_total" : "evergrant_tokens_refused_total",
                 token ? "Tokens handed out, by where they were found" : "Token reads that failed, by error",
                 {{token ? "from" : "error", std::string(outcome)}})
        .increment();
    co_return token;
}

bool is_sha256_in_hex(std::string_view text) {
    const auto digest = crypto::from_hex(text);
    return digest && digest->size() == crypto::Digest().size();
}

bool is_hashed_so(const cache::CachedToken& token, std::string_view hash) {
    const auto digest = crypto::from_hex(hash);
    const crypto::Digest held = crypto::sha256(token.access_token.reveal());
    return digest && crypto::equal_in_constant_time(held, crypto::bytes_of(*digest));
}

/// In place of a token that the provider's API has refused. Errors: as of `vend`; what kept it from being renewed.
async::Task<Result<cache::SharedToken>> vend_another(const Call* call, broker::TokenQuery query,
                                                     cache::SharedToken refused) {
    const auto treated = co_await call->context.health.reported(query.key, refused->generation);
    auto token = co_await vend(call, std::move(query));
    const bool the_same = token && (*token)->generation == refused->generation;
    if (!the_same)
        co_return token;
    if (!treated)
        co_return std::unexpected(treated.error());
    Error error{.code = Errc::provider_error,
                .message =
                    "The provider's API has refused this token, and it could not be renewed yet; that is tried "
                    "again.",
                .retry_after = std::chrono::seconds(10)};
    co_return std::unexpected(std::move(error));
}

Result<broker::TokenQuery> query_of(Body& body, const broker::Principal& principal) {
    broker::TokenQuery query;
    auto tenant = body.tenant({"tenantId", "userId", "clientId"});
    if (!tenant && principal.tenants && principal.tenants->size() == 1)
        tenant = principal.tenants->front();
    auto integration = body.integration("integrationId");
    if (!integration)
        integration = body.integration("provider");
    query.min_ttl = body.seconds("minTtl", longest_min_ttl);
    query.force_refresh = body.flag("forceRefresh");
    const auto read = body.done();
    if (!read)
        return std::unexpected(read.error());
    if (!tenant)
        return invalid_field("tenantId", "tenantId is required.");
    if (!integration)
        return invalid_field("integrationId", "integrationId (or provider) is required.");
    query.key.tenant = std::move(*tenant);
    query.key.integration = std::move(*integration);
    return query;
}

boost::json::object error_object(const Error& error) {
    const ErrorTraits traits = traits_of(error.code);
    boost::json::object body;
    body["status"] = traits.http_status;
    body["success"] = false;
    body["error"] = traits.name;
    body["message"] = error.message;
    if (!error.authorize_url.empty())
        body["authorizeUrl"] = error.authorize_url;
    if (error.retry_after)
        body["retryAfter"] = error.retry_after->count();
    return body;
}

async::Task<boost::json::object> batch_item(const Call* call, const boost::json::value* item, std::string path) {
    auto body =
        Body::of(*item, std::move(path), {"tenantId", "userId", "clientId", "integrationId", "provider", "minTtl"});
    if (!body)
        co_return error_object(body.error());
    auto query = query_of(*body, call->principal);
    if (!query)
        co_return error_object(query.error());
    const auto token = co_await vend(call, std::move(*query));
    if (!token)
        co_return error_object(token.error());
    boost::json::object answer = token_object(**token);
    answer["status"] = 200;
    co_return answer;
}

async::Task<void> answer_item(const Call* call, const boost::json::array* requests, boost::json::array* answers,
                              std::size_t index) {
    boost::json::object answer =
        co_await batch_item(call, &(*requests)[index], "requests[" + std::to_string(index) + "]");
    (*answers)[index] = std::move(answer);
}

}  // namespace

std::string token_head() {
    return net::head_without_length(token_answer(std::string()));
}

SecretString render_token(const cache::CachedToken& token) {
    return SecretString(boost::json::serialize(token_object(token)));
}

Answer read_token(Call call) {
    const auto known = call.query.only({"minTtl"});
    if (!known)
        co_return std::unexpected(known.error());
    auto tenant = TenantId::parse(call.path_parameter("tenant"));
    auto integration = integration_in_path(call.path_parameter("integrationId"));
    if (!integration)
        co_return std::unexpected(std::move(integration).error());
    if (!tenant)
        co_return no_connection(*integration);
    broker::TokenQuery query;
    query.key.tenant = std::move(*tenant);
    query.key.integration = std::move(*integration);
    if (call.query.has("minTtl")) {
        const std::string written = call.query.get("minTtl");
        std::int64_t seconds = -1;
        const auto [end, error] = std::from_chars(written.data(), written.data() + written.size(), seconds);
        if (error != std::errc() || *end != '\0' || seconds < 0 || seconds > longest_min_ttl.count())
            co_return invalid_field("minTtl", "minTtl must be a whole number of seconds, at most a year.");
        query.min_ttl = std::chrono::seconds(seconds);
    }
    const auto token = co_await vend(&call, std::move(query));
    if (!token)
        co_return std::unexpected(token.error());
    if (!call.request.header("x-evergrant-inject").empty())
        co_return injection_response(**token, call.context.catalog);
    co_return token_answer(render_token(**token).reveal());
}

Answer ask_for_token(Call call) {
    auto body = Body::parse(call.request, {"tenantId", "userId", "clientId", "integrationId", "provider", "minTtl",
                                           "forceRefresh", "rejected"});
    if (!body)
        co_return std::unexpected(std::move(body).error());
    const bool reports = body->has("rejected");
    const std::string rejected = body->text("rejected");
    auto query = query_of(*body, call.principal);
    if (!query)
        co_return std::unexpected(std::move(query).error());
    if (reports && !is_sha256_in_hex(rejected))
        co_return invalid_field("rejected", "rejected must be the SHA-256 of an access token in 64 hex digits.");
    note_subject(call, query->key.tenant.str(), query->key.integration.str());
    auto token = co_await vend(&call, *query);
    if (reports && token && is_hashed_so(**token, rejected))
        token = co_await vend_another(&call, std::move(*query), *token);
    if (!token)
        co_return std::unexpected(token.error());
    co_return token_answer(render_token(**token).reveal());
}

Answer ask_for_tokens(Call call) {
    constexpr std::size_t most_requests = 1000;
    auto body = Body::parse(call.request, {"requests"});
    if (!body)
        co_return std::unexpected(std::move(body).error());
    const auto requests = body->array("requests", most_requests);
    const auto read = body->done();
    if (!read)
        co_return std::unexpected(read.error());
    if (!requests)
        co_return invalid_field("requests", "requests is required.");

    call.broker.authenticator.charge(call.principal, requests->size());
    boost::json::array answers(requests->size());
    auto one = [asking = &call, asked = &*requests, answered = &answers](std::size_t index) {
        return answer_item(asking, asked, answered, index);
    };
    const std::function<async::Task<void>(std::size_t)> work = one;
    co_await async::for_each_index(answers.size(), work);
    boost::json::object whole;
    whole["tokens"] = std::move(answers);
    net::Response response = net::json_response(200, boost::json::serialize(whole));
    response.headers.emplace_back("Cache-Control", "no-store");
    co_return response;
}

}  // namespace evergrant::api
