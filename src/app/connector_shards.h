#pragma once
//
// Connector shards: the connectors of every shard, wired to the broker and to what goes out. Made at start-up, after
// the broker and before any request.
//
#include "async/shard.h"
#include "connectors/connector_shard.h"
#include "net/curl_client.h"

#include <functional>
#include <memory>
#include <vector>

namespace evergrant::app {

/// How calls of providers' APIs go out.
struct ConnectorCalls {
    std::function<net::CurlOptions()> client_options;  ///< asked once a shard
    connectors::ProxyTimes times{};
};

/// Thread: built on one; each shard's connectors are then that shard's.
class ConnectorShards {
public:
    /// Lifetime: all outlive it.
    struct Parts {
        async::Shards& shards;
        broker::Broker& broker;
        const catalog::Catalog& catalog;
        storage::Store& store;
        health::Health& health;
        const Clock& clock;
        crypto::Random& random;
        Metrics& metrics;
        const connectors::FallbackKeys& fallback_keys;
    };

    ConnectorShards(const Parts& parts, const ConnectorCalls& calls);
    ConnectorShards(const ConnectorShards&) = delete;
    ConnectorShards& operator=(const ConnectorShards&) = delete;

    [[nodiscard]] connectors::ConnectorShard& of(const async::Shard& shard) noexcept { return *all_[shard.index()]; }

private:
    connectors::CrmDesks crm_desks_;
    std::vector<std::unique_ptr<connectors::ConnectorShard>> all_;
};

}  // namespace evergrant::app
