#pragma once
//
// API desk: opens the API behind a connection for one request of one caller: whether the caller may, which provider it
// is, and with which credential. One for each shard.
//
#include "async/deadline.h"
#include "base/trace_context.h"
#include "broker/access.h"
#include "broker/audit_log.h"
#include "catalog/provider.h"
#include "connectors/provider_api.h"

#include <memory>
#include <optional>
#include <string>

namespace evergrant::connectors {

/// A provider's API, ready to be asked.
struct OpenApi {
    std::unique_ptr<ProviderApi> api;
    const catalog::Provider* provider{nullptr};  ///< never null
    std::string credential;  ///< `connection`, or the name of the key that stands in for one: `HUBSPOT_API_KEY`
};

/// For whom it is opened.
struct ApiCaller {
    broker::AuditCaller audit;  ///< its principal is not null
    std::optional<TraceContext> trace{};
};

class ApiDesk {
public:
    virtual ~ApiDesk() = default;

    /// Errors: no_connection (also for what the caller may not see), reauthorization_required, store_unavailable,
    /// egress_denied: the provider's place is not one that the catalogue allows.
    [[nodiscard]] virtual async::Task<Result<OpenApi>> open(ConnectionKey key, ApiCaller caller,
                                                            async::Deadline deadline) = 0;
};

}  // namespace evergrant::connectors
