#pragma once
//
// Connectors of one shard, ready to be called. Built once at start-up, after the broker.
//
#include "connectors/api_grants.h"
#include "connectors/calendar/calendar_desk.h"
#include "connectors/connection_api.h"
#include "connectors/crm/crm_desk.h"
#include "connectors/proxy.h"

#include <memory>
#include <utility>

namespace evergrant::connectors {

/// Thread: that shard's.
struct ConnectorShard {
    struct Outside {
        std::unique_ptr<net::StreamClient> streams;
        crypto::Random& random;
        Metrics& metrics;
        async::Shard& shard;
        CrmDesks& crm_desks;  ///< outlives it
        ProxyTimes proxy_times{};
    };
    ConnectorShard(const ApiGrants::Parts& parts, Outside outside)
        : streams(std::move(outside.streams)),
          grants(parts),
          rests(parts.broker.budgets, parts.clock),
          figures(outside.metrics),
          apis({.grants = grants, .broker = parts.broker, .rests = rests, .figures = figures}),
          proxy({.grants = grants,
                 .rests = rests,
                 .figures = figures,
                 .streams = *streams,
                 .random = outside.random,
                 .times = outside.proxy_times}),
          crm({.shard = outside.shard,
               .apis = apis,
               .store = parts.store,
               .random = outside.random,
               .clock = parts.clock},
              outside.crm_desks),
          calendars({.shard = outside.shard, .store = parts.store, .random = outside.random}) {}
    ConnectorShard(const ConnectorShard&) = delete;
    ConnectorShard& operator=(const ConnectorShard&) = delete;

    std::unique_ptr<net::StreamClient> streams;
    ApiGrants grants;
    ApiRests rests;
    ApiFigures figures;
    ConnectionApiDesk apis;
    Proxy proxy;
    CrmDesk crm;
    CalendarDesk calendars;
};

}  // namespace evergrant::connectors
