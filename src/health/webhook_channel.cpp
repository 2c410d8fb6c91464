#include "health/webhook_channel.h"

#include "health/alert_routing.h"
#include "health/standard_webhook.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <utility>

namespace evergrant::health {

std::string webhook_body(const AlertMessage& message) {
    boost::json::array names;
    for (const std::string& name : message.names)
        names.emplace_back(name);
    boost::json::object data;
    data["id"] = message.id;
    data["rule"] = message.rule;
    data["severity"] = storage::name_of(message.severity);
    data["ends"] = message.ends;
    data["title"] = message.title;
    data["reason"] = message.reason;
    data["link"] = message.link;
    data["tenant"] = message.tenant;
    data["integrationId"] = message.integration;
    data["provider"] = message.provider;
    data["status"] = message.status;
    data["count"] = message.count;
    data["connections"] = std::move(names);
    boost::json::object body;
    body["type"] = "alert." + message.rule;
    body["timestamp"] = to_iso8601(std::chrono::floor<std::chrono::seconds>(message.at));
    body["data"] = std::move(data);
    return boost::json::serialize(body);
}

std::string_view WebhookChannel::name() const noexcept {
    return channel::webhook;
}

async::Task<Result<void>> WebhookChannel::send(AlertMessage message, async::Deadline deadline) {
    const sys_seconds now = clock_.now_seconds();
    std::string body = webhook_body(message);
    net::ClientRequest request;
    request.url = receiver_.url;
    request.headers.emplace_back("Content-Type", "application/json");
    request.headers.emplace_back("webhook-id", message.id);
    request.headers.emplace_back("webhook-timestamp", std::to_string(now.time_since_epoch().count()));
    request.headers.emplace_back("webhook-signature", webhook_signature(receiver_.key, message.id, now, body));
    request.body = SecretString(std::move(body));
    const auto answer = co_await http_.send(std::move(request), deadline);
    co_return taken(answer);
}

}  // namespace evergrant::health
