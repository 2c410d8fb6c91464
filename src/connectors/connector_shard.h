#pragma once
//
// Connectors of one shard, ready to be called. Built once at start-up, after the broker.
//
#include "connectors/api_grants.h"
#include "connectors/connection_api.h"

namespace evergrant::connectors {

/// Thread: that shard's.
struct ConnectorShard {
    ConnectorShard(const ApiGrants::Parts& parts, Metrics& metrics)
        : grants(parts),
          rests(parts.broker.budgets, parts.clock),
          figures(metrics),
          apis({.grants = grants, .broker = parts.broker, .rests = rests, .figures = figures}) {}
    ConnectorShard(const ConnectorShard&) = delete;
    ConnectorShard& operator=(const ConnectorShard&) = delete;

    ApiGrants grants;
    ApiRests rests;
    ApiFigures figures;
    ConnectionApiDesk apis;
};

}  // namespace evergrant::connectors
