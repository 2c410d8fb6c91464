#include "health/pager_duty_channel.h"

#include "health/alert_routing.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <utility>

namespace evergrant::health {

namespace {

boost::json::object payload_of(const AlertMessage& message) {
    boost::json::array names;
    for (const std::string& name : message.names)
        names.emplace_back(name);
    boost::json::object details;
    details["reason"] = message.reason;
    details["rule"] = message.rule;
    details["count"] = message.count;
    details["connections"] = std::move(names);
    boost::json::object payload;
    payload["summary"] = message.title;
    payload["source"] = "evergrant";
    payload["severity"] = storage::name_of(message.severity);
    payload["timestamp"] = to_iso8601(std::chrono::floor<std::chrono::seconds>(message.at));
    payload["custom_details"] = std::move(details);
    return payload;
}

}  // namespace

SecretString pager_duty_body(const AlertMessage& message, const SecretString& routing_key) {
    boost::json::object body;
    body["routing_key"] = routing_key.reveal();
    body["event_action"] = message.ends ? "resolve" : "trigger";
    body["dedup_key"] = message.dedup_key;
    body["payload"] = payload_of(message);
    if (!message.link.empty())
        body["links"] = {{{"href", message.link}, {"text", "Open in Evergrant"}}};
    return SecretString(boost::json::serialize(body));
}

std::string_view PagerDutyChannel::name() const noexcept {
    return channel::pagerduty;
}

async::Task<Result<void>> PagerDutyChannel::send(AlertMessage message, async::Deadline deadline) {
    net::ClientRequest request;
    request.url = service_.url;
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = pager_duty_body(message, service_.routing_key);
    const auto answer = co_await http_.send(std::move(request), deadline);
    co_return taken(answer);
}

}  // namespace evergrant::health
