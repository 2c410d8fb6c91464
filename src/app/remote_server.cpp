#include "app/remote_server.h"

#include "app/value_checks.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <utility>

namespace evergrant::app {

namespace {

constexpr std::chrono::seconds patience{40};            // a server waits up to 35 s for a provider
constexpr std::chrono::minutes patience_for_calls{10};  // a proxied call may be long, and be tried again

std::string text_of(const boost::json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

ExitCode exit_code_of(unsigned status, std::string_view code) {
    if (code == "no_connection" || code == "reauthorization_required")
        return ExitCode::not_connected;
    if (status == 401 || status == 403)
        return ExitCode::refused;
    return status == 503 ? ExitCode::unreachable : ExitCode::failed;
}

RemoteFailure failure_of(unsigned status, const boost::json::object& body) {
    RemoteFailure failed;
    failed.code = text_of(body, "error");
    failed.message = text_of(body, "message");
    failed.exit_code = exit_code_of(status, failed.code);
    if (failed.message.empty())
        failed.message = "The server answered " + std::to_string(status) + ".";
    if (const auto* details = body.if_contains("details"); details != nullptr && details->is_array()) {
        for (const auto& detail : details->get_array()) {
            if (detail.is_object() && !text_of(detail.get_object(), "field").empty())
                failed.message +=
                    "\n  " + text_of(detail.get_object(), "field") + ": " + text_of(detail.get_object(), "message");
        }
    }
    if (const std::string url = text_of(body, "authorizeUrl"); !url.empty())
        failed.message += "\nConnect it again at: " + url;
    return failed;
}

RemoteFailure no_server(unsigned status) {
    return {"",
            "What answered is no Evergrant server (status " + std::to_string(status) + ", no JSON); check the URL."};
}

Remote<boost::json::object> read_answer(const net::ClientAnswer& answer) {
    boost::json::object body;
    if (!answer.body.empty()) {
        boost::system::error_code error;
        boost::json::value parsed = boost::json::parse(answer.body, error);
        if (error || !parsed.is_object())
            return std::unexpected(no_server(answer.status));
        body = std::move(parsed.get_object());
    }
    if (answer.status < 200 || answer.status > 299)
        return std::unexpected(failure_of(answer.status, body));
    return body;
}

}  // namespace

RemoteFailure failure_of(const net::ClientAnswer& answer) {
    auto read = read_answer(answer);
    return read ? no_server(answer.status) : std::move(read).error();
}

std::expected<std::optional<ServerAccess>, std::string> server_access(const ServerOptions& options,
                                                                      const Environment& environment) {
    const std::string url = options.url.empty() ? std::string(value_of(environment, "EVERGRANT_URL")) : options.url;
    const std::string key = options.key.empty() ? std::string(value_of(environment, "EVERGRANT_API_KEY")) : options.key;
    if (url.empty())
        return std::nullopt;
    const auto parsed = parse_url(url);
    if (!parsed)
        return std::unexpected("The server's URL " + parsed.error() + ".");
    if (key.empty())
        return std::unexpected("There is no API key for " + *parsed + ". Set EVERGRANT_API_KEY, or give --key.");
    return ServerAccess{*parsed, SecretString(key)};
}

async::Task<Remote<boost::json::object>> RemoteServer::send(std::string method, std::string path, SecretString body) {
    net::ClientRequest request;
    request.method = std::move(method);
    request.url = std::move(path);
    request.headers.emplace_back("accept", "application/json");
    if (!body.empty())
        request.headers.emplace_back("content-type", "application/json");
    request.body = std::move(body);
    const auto answer = co_await exchange(std::move(request), async::Deadline::after(patience));
    if (!answer)
        co_return std::unexpected(answer.error());
    co_return read_answer(*answer);
}

async::Task<Remote<net::ClientAnswer>> RemoteServer::exchange(net::ClientRequest request, async::Deadline deadline) {
    request.url.insert(0, access_.url);
    request.headers.emplace_back("authorization", "Bearer " + access_.key.reveal());
    auto answer = co_await http_.send(std::move(request), deadline);
    if (!answer) {
        std::string message = "No answer from " + access_.url + ": " + answer.error().message;
        co_return std::unexpected(RemoteFailure{"", std::move(message), ExitCode::unreachable});
    }
    co_return std::move(*answer);
}

async::Task<Remote<net::ClientAnswer>> RemoteServer::pass(net::ClientRequest request) {
    return exchange(std::move(request), async::Deadline::after(patience_for_calls));
}

async::Task<Remote<boost::json::object>> RemoteServer::get(std::string path) {
    return send("GET", std::move(path), SecretString());
}

async::Task<Remote<boost::json::object>> RemoteServer::post(std::string path, boost::json::object body) {
    return send("POST", std::move(path), SecretString(boost::json::serialize(body)));
}

async::Task<Remote<boost::json::object>> RemoteServer::remove(std::string path) {
    return send("DELETE", std::move(path), SecretString());
}

}  // namespace evergrant::app
