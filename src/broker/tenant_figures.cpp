#include "broker/tenant_figures.h"

namespace evergrant::broker {

void TenantFigures::count(const storage::AuditEvent& event, std::uint64_t times) {
    if (most_ == 0 || event.tenant.empty())
        return;
    metrics_
        .counter("evergrant_tenant_events_total", "Audit events by tenant, action and outcome",
                 {{"tenant", label_of(event.tenant)}, {"action", event.action}, {"outcome", event.outcome}})
        .increment(times);
}

std::string TenantFigures::label_of(const std::string& tenant) {
    if (tenants_.size() < most_)
        tenants_.insert(tenant);
    return tenants_.contains(tenant) ? tenant : "(others)";
}

}  // namespace evergrant::broker
