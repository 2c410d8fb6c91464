#include "api/error_page.h"
#include "api/handlers.h"
#include "api/openapi_document.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace evergrant::api {

namespace {

/// The contract as a page: every operation with what it is for. Made from the document, so that it cannot differ from
/// it.
std::string contract_page() {
    const boost::json::value document = boost::json::parse(openapi_document());
    std::string html =
        "<main><h1>Evergrant's HTTP API</h1><p>The whole contract, with schemas, is at "
        "<a href=\"/openapi.json\">/openapi.json</a>.</p>";
    for (const auto& path : document.at("paths").as_object()) {
        for (const auto& method : path.value().as_object()) {
            if (!method.value().is_object() || !method.value().as_object().contains("operationId"))
                continue;
            const auto& operation = method.value().as_object();
            std::string verb(method.key());
            for (char& c : verb)
                c = static_cast<char>(c - ('a' - 'A'));
            html += "<h2><code>" + verb + " " + html_escaped(std::string_view(path.key())) + "</code></h2>";
            if (const auto* summary = operation.if_contains("summary"))
                html += "<p>" + html_escaped(std::string_view(summary->as_string())) + "</p>";
            if (const auto* description = operation.if_contains("description"))
                html += "<p>" + html_escaped(std::string_view(description->as_string())) + "</p>";
        }
    }
    return html + "</main>";
}

}  // namespace

Answer liveness(Call call) {
    static_cast<void>(call);
    co_return net::json_response(200, R"({"status":"ok"})");
}

Answer readiness(Call call) {
    const storage::Store::Health store = co_await call.context.store.health();
    const std::size_t waiting = call.context.rescue.waiting();
    const bool draining = call.context.draining && call.context.draining();
    const bool ready = store.writable && !draining;

    boost::json::object engine;
    engine["engine"] = store.engine;
    engine["writable"] = store.writable;
    if (!store.message.empty())
        engine["message"] = store.message;
    boost::json::object body;
    body["status"] = ready ? "ready" : draining ? "draining" : "not_ready";
    body["store"] = std::move(engine);
    body["rescueWaiting"] = waiting;
    if (call.context.news != nullptr)
        body["news"] = {{"arriving", call.context.news->live()}};
    net::Response response = net::json_response(ready ? 200 : 503, boost::json::serialize(body));
    if (!ready)
        response.headers.emplace_back("Retry-After", "5");
    co_return response;
}

Answer metrics(Call call) {
    auto counting = call.context.health.update_figures();
    co_await std::move(counting);
    net::Response response;
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = call.context.metrics.render();
    co_return response;
}

Answer openapi(Call call) {
    static_cast<void>(call);
    co_return net::json_response(200, std::string(openapi_document()));
}

Answer documentation(Call call) {
    static_cast<void>(call);
    co_return page(200, "Evergrant's HTTP API", contract_page());
}

}  // namespace evergrant::api
