#include "api/envelope.h"

#include <boost/json/serialize.hpp>

#include <utility>

namespace evergrant::api {

bool is_enveloped(std::string_view path) noexcept {
    const auto begins_with = [path](std::string_view start) {
        return path.starts_with(start) && (path.size() == start.size() || path[start.size()] == '/');
    };
    return begins_with("/divine") || begins_with("/api/divine") || begins_with("/api/oauth/health") ||
           begins_with("/api/clients");
}

net::Response enveloped(boost::json::object data, std::string_view request_id,
                        std::chrono::steady_clock::time_point begun, sys_seconds now) {
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begun;
    boost::json::object body;
    body["success"] = true;
    body["data"] = std::move(data);
    body["metadata"] = {{"latency_ms", took.count()}, {"timestamp", to_iso8601(now)}, {"request_id", request_id}};
    return net::json_response(200, boost::json::serialize(body));
}

net::Response enveloped_error(const Error& error, std::string_view request_id, sys_seconds now) {
    net::Response response = net::error_response(error, request_id);
    const ErrorTraits traits = traits_of(error.code);
    boost::json::object body;
    body["success"] = false;
    body["error"] = error.message;
    body["metadata"] = {{"error_code", traits.name},
                        {"status_code", traits.http_status},
                        {"timestamp", to_iso8601(now)},
                        {"request_id", request_id}};
    response.body = boost::json::serialize(body);
    return response;
}

}  // namespace evergrant::api
