#pragma once
//
// Call: one request on its way through a handler: what was asked, by whom, and the use cases that can answer.
//
#include "api/parameters.h"
#include "async/deadline.h"
#include "broker/access.h"
#include "broker/broker.h"
#include "catalog/catalog.h"
#include "connectors/audit_calls.h"
#include "connectors/connector_shard.h"
#include "health/alerts.h"
#include "health/health.h"
#include "net/http_message.h"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace evergrant::api {

/// What handlers need besides the broker. Shared by all shards; immutable.
struct ApiContext {
    const catalog::Catalog& catalog;
    const Clock& clock;
    storage::Store& store;
    Metrics& metrics;
    const broker::Rescue& rescue;
    health::Health& health;
    const cache::NewsChannel* news{nullptr};  ///< null: this process is alone
    bool secure_cookies{true};                ///< browsers reach this server by https
    std::function<bool()> draining;
    health::Alerts* alerts{nullptr};  ///< never null in a server
    connectors::AuditCalls audit_calls{connectors::AuditCalls::writes};
};

/// Taken by value by handlers; the references outlive the request.
struct Call {
    net::Request request;
    std::map<std::string, std::string, std::less<>> path;
    Query query;
    broker::Principal principal;
    broker::BrokerShard& broker;
    connectors::ConnectorShard& connectors;
    const ApiContext& context;
    async::Deadline deadline;
    std::shared_ptr<storage::AuditEvent> about;  ///< what the logs will say of this request; never null

    [[nodiscard]] const std::string& path_parameter(std::string_view name) const { return path.find(name)->second; }
    [[nodiscard]] broker::AuditCaller caller() const noexcept { return {&principal, request.peer, request.request_id}; }
};

/// Tells the logs what a request was about, as far as its path does not.
void note_subject(const Call& call, std::string tenant, std::string integration, std::string detail = {});

}  // namespace evergrant::api
