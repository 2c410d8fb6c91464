#include "api/browser_answers.h"
#include "api/connect_assets.h"
#include "api/connect_pages.h"
#include "api/handlers.h"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <utility>

namespace evergrant::api {

namespace {

using broker::ConnectState;
using broker::ConnectView;

constexpr std::string_view form_type = "application/x-www-form-urlencoded";
constexpr std::size_t id_size = 64;

/// A session's half hour and the ten minutes of an authorization begun at its end.
constexpr std::chrono::minutes cookie_life{45};

Result<broker::ConnectOrder> order_of(Body& body, const broker::Principal& principal) {
    broker::ConnectOrder order;
    auto tenant = body.tenant({"tenantId", "userId", "clientId"});
    if (!tenant && principal.tenants && principal.tenants->size() == 1)
        tenant = principal.tenants->front();
    for (std::string& provider : body.texts("providers"))
        order.providers.emplace_back(std::move(provider));
    order.integration = body.integration("integrationId");
    order.scopes = body.texts("scopes");
    order.return_origin = body.required_text("returnOrigin");
    if (body.has("lifetimeSeconds"))
        order.lifetime = body.seconds("lifetimeSeconds", broker::ConnectSessions::longest_life);
    const auto read = body.done();
    if (!read)
        return std::unexpected(read.error());
    if (!tenant)
        return invalid_field("tenantId", "tenantId is required.");
    if (!principal.may_see(tenant->str()))
        return failure(Errc::tenant_not_found, "There is no tenant \"" + tenant->str() + "\".");
    for (const ProviderId& provider : order.providers)
        if (!principal.may_use(provider))
            return failure(Errc::forbidden, "This key is not for that provider.");
    order.tenant = std::move(*tenant);
    order.created_by = principal.subject;
    order.may_replace = principal.providers;
    return order;
}

/// What the caller may not see answers as if it were not there.
bool may_see(const broker::Principal& principal, const storage::ConnectSession& session) {
    return principal.may_see(session.tenant.str()) &&
           std::ranges::all_of(session.providers, [&](const ProviderId& one) { return principal.may_use(one); });
}

net::Response with_cookie(net::Response response, const SecretString& secret, bool secure) {
    set_browser_cookie(&response, secret, cookie_life, secure);
    return response;
}

const catalog::Provider* chosen(const ConnectView& view, std::string_view provider) {
    const auto found =
        std::ranges::find(view.providers, provider, [](const catalog::Provider* one) { return one->id.str(); });
    return found == view.providers.end() ? nullptr : *found;
}

/// The page of a session that is not over: the only provider's, the chosen one's, or the choice.
Result<net::Response> page_for(const ConnectView& view, const Query& query) {
    ConnectForm form;
    if (query.has("provider"))
        form.provider = chosen(view, query.get("provider"));
    else if (view.providers.size() == 1)
        form.provider = view.providers.front();
    else
        return choose_provider_page(view);
    if (form.provider == nullptr)
        return invalid_field("provider", "This link is not for that provider.");
    return consent_page(view, form);
}

Answer open_link(Call call) {
    const bool secure = call.context.secure_cookies;
    net::Response nothing;
    if (call.request.method == net::Method::head)
        co_return nothing;  // who only looks does not take it from who comes
    SecretString token(call.path_parameter("session"));
    SecretString held = browser_cookie(call.request, secure);
    const auto opened = co_await call.broker.connect_sessions.open(std::move(token), std::move(held));
    if (!opened)
        co_return std::unexpected(opened.error());
    call.about->action = "connect_session.open";
    call.about->actor = opened->session.created_by;
    note_subject(call, opened->session.tenant.str(), "");
    co_return with_cookie(redirect("/connect/" + opened->session.id), opened->browser_secret, secure);
}

net::Response asset(std::string_view type, std::string_view text) {
    net::Response response;
    response.content_type = type;
    response.headers.emplace_back("Cache-Control", "public, max-age=31536000, immutable");
    response.body = text;
    return response;
}

}  // namespace

Answer create_connect_session(Call call) {
    auto read = Body::parse(call.request, {"tenantId", "userId", "clientId", "providers", "integrationId", "scopes",
                                           "returnOrigin", "lifetimeSeconds"});
    if (!read)
        co_return std::unexpected(std::move(read).error());
    auto order = order_of(*read, call.principal);
    if (!order)
        co_return std::unexpected(std::move(order).error());
    note_subject(call, order->tenant.str(), order->integration ? order->integration->str() : "");
    const auto created = co_await call.broker.connect_sessions.create(std::move(*order));
    if (!created)
        co_return std::unexpected(created.error());
    boost::json::object body;
    body["id"] = created->id;
    body["url"] = created->url;
    body["expiresAt"] = to_iso8601(created->expires_at);
    net::Response response = net::json_response(201, boost::json::serialize(body));
    response.headers.emplace_back("Cache-Control", "no-store");
    co_return response;
}

Answer show_connect_session(Call call) {
    const auto status = co_await call.broker.connect_sessions.status(call.path_parameter("session"));
    if (!status)
        co_return std::unexpected(status.error());
    const storage::ConnectSession& session = status->session;
    if (!may_see(call.principal, session))
        co_return failure(Errc::not_found, "There is no such connect session, or its end is over an hour ago.");
    boost::json::object body;
    body["id"] = session.id;
    body["status"] = broker::name_of(status->state);
    body["tenantId"] = session.tenant.str();
    if (!session.provider.empty()) {
        body["provider"] = session.provider.str();
        body["integrationId"] = status->integration.str();
    }
    if (status->state == ConnectState::failed)
        body["error"] = session.error;
    body["expiresAt"] = to_iso8601(std::chrono::floor<std::chrono::seconds>(session.expires_at));
    co_return net::json_response(200, boost::json::serialize(body));
}

Answer open_connect_page(Call call) {
    const std::string id = call.path_parameter("session");
    if (id.size() != id_size) {
        auto opening = open_link(std::move(call));
        co_return co_await std::move(opening);
    }
    const bool secure = call.context.secure_cookies;
    const SecretString held = browser_cookie(call.request, secure);
    SecretString shown = held.clone();
    const auto view = co_await call.broker.connect_sessions.look(id, std::move(shown));
    if (!view)
        co_return std::unexpected(view.error());
    if (!view->may_begin)
        co_return redirect("/connect/" + id + "/done");
    auto page = page_for(*view, call.query);
    if (!page)
        co_return std::unexpected(std::move(page).error());
    co_return with_cookie(std::move(*page), held, secure);
}

Answer submit_connect_page(Call call) {
    const bool secure = call.context.secure_cookies;
    const std::string id = call.path_parameter("session");
    if (is_another_sites_form(call.request))
        co_return failure(Errc::forbidden, "Open the link itself and press the button there.");
    if (!call.request.header("content-type").starts_with(form_type))
        co_return failure(Errc::unsupported_media_type, "Send the page's form.");
    const auto sent = Query::parse(call.request.body);
    if (!sent)
        co_return std::unexpected(sent.error());
    const SecretString held = browser_cookie(call.request, secure);
    SecretString shown = held.clone();
    const auto view = co_await call.broker.connect_sessions.look(id, std::move(shown));
    if (!view)
        co_return std::unexpected(view.error());
    const storage::ConnectSession& session = view->status.session;
    if (!view->may_begin)
        co_return redirect("/connect/" + id + "/done");
    ConnectForm form;
    form.provider = chosen(*view, sent->get("provider"));
    if (form.provider == nullptr)
        co_return invalid_field("provider", "This link is not for that provider.");
    for (const catalog::ValueRule* rule : broker::asked_of_person(*form.provider))
        form.given[rule->name] = sent->get(form_name_of(*rule));

    call.about->actor = session.created_by;
    note_subject(call, session.tenant.str(),
                 session.integration ? session.integration->str() : form.provider->id.str());
    SecretString shown_again = held.clone();
    auto begun =
        co_await call.broker.connect_sessions.begin(id, std::move(shown_again), form.provider->id.str(), form.given);
    const bool link_is_over = !begun && begun.error().code == Errc::invalid_state;
    if (link_is_over)
        co_return std::unexpected(std::move(begun).error());
    if (!begun) {
        const ErrorTraits traits = traits_of(begun.error().code);
        form.failed = traits.name;
        call.about->action = "";  // nothing was begun
        net::Response page = consent_page(*view, form);
        page.status = traits.http_status;
        co_return with_cookie(std::move(page), held, secure);
    }
    if (!begun->started) {
        form.problems = std::move(begun->problems);
        call.about->action = "";  // nothing was begun
        co_return with_cookie(consent_page(*view, form), held, secure);
    }
    co_return with_cookie(on_to_provider_page(*form.provider, begun->started->url), held, secure);
}

Answer end_connect_page(Call call) {
    const bool secure = call.context.secure_cookies;
    const std::string id = call.path_parameter("session");
    const SecretString held = browser_cookie(call.request, secure);
    SecretString shown = held.clone();
    const auto view = co_await call.broker.connect_sessions.look(id, std::move(shown));
    if (!view)
        co_return std::unexpected(view.error());
    if (view->status.state == ConnectState::pending && view->may_begin)
        co_return redirect("/connect/" + id);
    co_return with_cookie(connect_done_page(*view), held, secure);
}

Answer connect_style(Call call) {
    static_cast<void>(call);
    co_return asset("text/css; charset=utf-8", connect_css());
}

Answer connect_script(Call call) {
    static_cast<void>(call);
    co_return asset("text/javascript; charset=utf-8", connect_js());
}

}  // namespace evergrant::api
