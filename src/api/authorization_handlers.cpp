#include "api/browser_answers.h"
#include "api/handlers.h"
#include "api/visitor_pages.h"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <utility>

namespace evergrant::api {

namespace {

constexpr std::string_view default_provider = "zoho_crm";

/// An authorization's ten minutes, and some for a slow browser.
constexpr std::chrono::minutes ticket_cookie_life{45};  // as the connect page's, which it may stand in for

/// The question that a callback or an answer has led to; who reads JSON is no person to ask, and that is a no.
async::Task<Result<net::Response>> put_question(const Call* call, const broker::AuthorizationQuestion* question) {
    if (prefers_json(call->request)) {
        broker::AnswerReceived no;
        no.handle = question->handle.clone();
        no.browser_secret = question->browser_secret.clone();
        no.address = call->request.peer;
        no.request_id = call->request.request_id;
        static_cast<void>(co_await call->broker.connect_sessions.answer(std::move(no)));
        co_return failure(Errc::conflict,
                          "A person must say yes to this authorization; open its link in a browser. Nothing was kept.");
    }
    net::Response response = question_page(*question);
    set_browser_cookie(&response, question->browser_secret, ticket_cookie_life, call->context.secure_cookies);
    co_return response;
}

std::vector<std::string> split_scopes(const std::string& text) {
    std::vector<std::string> scopes;
    std::string_view rest = text;
    while (!rest.empty()) {
        const std::string_view scope = rest.substr(0, rest.find_first_of(" ,"));
        rest.remove_prefix(std::min(rest.size(), scope.size() + 1));
        if (!scope.empty())
            scopes.emplace_back(scope);
    }
    return scopes;
}

Result<broker::AuthorizationOrder> order_of(Body& body, const broker::Principal& principal) {
    broker::AuthorizationOrder order;
    auto tenant = body.tenant({"tenantId", "userId", "clientId"});
    if (!tenant && principal.tenants && principal.tenants->size() == 1)
        tenant = principal.tenants->front();
    order.provider = body.required_text("provider");
    order.integration = body.integration("integrationId");
    order.scopes = body.texts("scopes");
    order.redirect_to = body.text("redirectTo");
    order.params = body.parameters("params");
    const auto read = body.done();
    if (!read)
        return std::unexpected(read.error());
    if (!tenant)
        return invalid_field("tenantId", "tenantId is required.");
    if (!principal.may_see(tenant->str()))
        return failure(Errc::tenant_not_found, "There is no tenant \"" + tenant->str() + "\".");
    if (!principal.may_use(ProviderId(order.provider)))
        return failure(Errc::forbidden, "This key is not for that provider.");
    order.tenant = std::move(*tenant);
    order.started_by = principal.subject;
    order.may_replace = principal.providers;
    order.for_end_user = !principal.is_admin();
    order.giver = principal.is_admin() ? broker::Giver::operator_ : broker::Giver::application;
    return order;
}

}  // namespace

Answer authorize_by_admin(Call call) {
    const auto known = call.query.only({"provider", "integrationId", "scopes", "redirectTo"});
    if (!known)
        co_return std::unexpected(known.error());
    auto tenant = tenant_in_path(call.path_parameter("clientId"));
    if (!tenant)
        co_return std::unexpected(std::move(tenant).error());
    broker::AuthorizationOrder order;
    order.tenant = std::move(*tenant);
    order.provider = call.query.has("provider") ? call.query.get("provider") : std::string(default_provider);
    if (call.query.has("integrationId")) {
        auto integration = integration_in_path(call.query.get("integrationId"));
        if (!integration)
            co_return std::unexpected(std::move(integration).error());
        order.integration = std::move(*integration);
    }
    order.scopes = split_scopes(call.query.get("scopes"));
    order.redirect_to = call.query.get("redirectTo");
    order.started_by = call.principal.subject;
    note_subject(call, order.tenant.str(), order.integration ? order.integration->str() : order.provider);
    const auto started = co_await call.broker.authorizer.start(std::move(order));
    if (!started)
        co_return std::unexpected(started.error());
    boost::json::object body;
    body["authUrl"] = started->url;
    body["state"] = started->state;
    body["expiresAt"] = to_iso8601(started->expires_at);
    co_return net::json_response(200, boost::json::serialize(body));
}

Answer authorize(Call call) {
    auto read = Body::parse(call.request, {"provider", "integrationId", "tenantId", "userId", "clientId", "scopes",
                                           "redirectTo", "params"});
    if (!read)
        co_return std::unexpected(std::move(read).error());
    auto order = order_of(*read, call.principal);
    if (!order)
        co_return std::unexpected(std::move(order).error());
    note_subject(call, order->tenant.str(), order->integration ? order->integration->str() : order->provider);
    const auto started = co_await call.broker.authorizer.start(std::move(*order));
    if (!started)
        co_return std::unexpected(started.error());
    boost::json::object body;
    body["success"] = true;
    body["authorizationUrl"] = started->url;
    body["integrationId"] = started->integration.str();
    body["expiresAt"] = to_iso8601(started->expires_at);
    co_return net::json_response(200, boost::json::serialize(body));
}

namespace {

Answer obtain(Call call, oauth::GrantType type) {
    auto read =
        Body::parse(call.request, {"provider", "integrationId", "tenantId", "userId", "clientId", "scopes", "params"});
    if (!read)
        co_return std::unexpected(std::move(read).error());
    auto asked = order_of(*read, call.principal);
    if (!asked)
        co_return std::unexpected(std::move(asked).error());
    broker::AppGrantOrder order;
    order.type = type;
    order.tenant = std::move(asked->tenant);
    order.provider = std::move(asked->provider);
    order.integration = std::move(asked->integration);
    order.scopes = std::move(asked->scopes);
    order.params = std::move(asked->params);
    order.giver = asked->giver;
    order.trace = TraceContext::parse(call.request.header("traceparent"));
    note_subject(call, order.tenant.str(), order.integration ? order.integration->str() : order.provider);
    const auto obtained = co_await call.broker.app_grants.obtain(std::move(order));
    if (!obtained)
        co_return std::unexpected(obtained.error());
    boost::json::object body;
    body["success"] = true;
    body["integrationId"] = obtained->integration.str();
    body["message"] = "Connected. The token is renewed by itself.";
    body["expiresAt"] = nullptr;
    if (obtained->expires_at)
        body["expiresAt"] = to_iso8601(*obtained->expires_at);
    co_return net::json_response(200, boost::json::serialize(body));
}

}  // namespace

Answer obtain_by_client_credentials(Call call) {
    return obtain(std::move(call), oauth::GrantType::client_credentials);
}

Answer obtain_by_jwt_bearer(Call call) {
    return obtain(std::move(call), oauth::GrantType::jwt_bearer);
}

Answer open_ticket(Call call) {
    const bool secure = call.context.secure_cookies;
    SecretString ticket(call.path_parameter("ticket"));
    SecretString held = browser_cookie(call.request, secure);
    const auto opened = co_await call.broker.authorizer.open_ticket(std::move(ticket), std::move(held));
    if (!opened)
        co_return std::unexpected(opened.error());
    net::Response response = redirect(opened->location.reveal());
    set_browser_cookie(&response, opened->browser_secret, ticket_cookie_life, secure);
    co_return response;
}

Answer finish_authorization(Call call) {
    broker::CallbackReceived received;
    received.path = call.request.path;
    received.query = call.request.query;
    received.trace = TraceContext::parse(call.request.header("traceparent"));
    received.browser_secret = browser_cookie(call.request, call.context.secure_cookies);
    received.address = call.request.peer;
    received.request_id = call.request.request_id;
    const auto finished = co_await call.broker.connect_sessions.finish(std::move(received));
    if (!finished)
        co_return std::unexpected(finished.error());
    if (finished->question)
        co_return co_await put_question(&call, &*finished->question);
    co_return redirect(finished->location);
}

Answer answer_question(Call call) {
    if (is_another_sites_form(call.request))
        co_return failure(Errc::forbidden, "Answer on the page that asks.");
    const std::string& said = call.path_parameter("answer");
    if (said != "yes" && said != "no")
        co_return failure(Errc::not_found, "The answer is yes or no.");
    broker::AnswerReceived received;
    received.handle = SecretString(call.path_parameter("handle"));
    received.browser_secret = browser_cookie(call.request, call.context.secure_cookies);
    received.yes = said == "yes";
    received.address = call.request.peer;
    received.request_id = call.request.request_id;
    const auto finished = co_await call.broker.connect_sessions.answer(std::move(received));
    if (!finished)
        co_return std::unexpected(finished.error());
    if (finished->question)
        co_return co_await put_question(&call, &*finished->question);
    co_return way_on(finished->location, prefers_json(call.request));
}

}  // namespace evergrant::api
