#pragma once
//
// TenantFigures: how often what happened to each tenant, as a metric, where somebody has asked for tenants in labels.
// Counts what comes to the audit log, so that no read pays for it. Not thread-safe.
//
#include "base/metrics.h"
#include "storage/audit.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_set>

namespace evergrant::broker {

class TenantFigures {
public:
    /// `most`: tenants with a label of their own; the others' is `(others)`. 0: nothing is counted.
    TenantFigures(Metrics& metrics, std::size_t most) : metrics_(metrics), most_(most) {}

    /// The event happened `times` times.
    void count(const storage::AuditEvent& event, std::uint64_t times);

private:
    [[nodiscard]] std::string label_of(const std::string& tenant);

    Metrics& metrics_;
    const std::size_t most_;
    std::unordered_set<std::string> tenants_;
};

}  // namespace evergrant::broker
