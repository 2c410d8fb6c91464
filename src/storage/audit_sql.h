#pragma once
//
// What both engines say of the audit log in the same words. Pure.
//
#include "storage/audit.h"
#include "storage/sealer.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace evergrant::storage {

inline constexpr std::string_view audit_columns =
    "sequence, at, actor, role, action, tenant, integration, outcome, address, request_id, detail, hash, mac";

/// Where the chain's key is sealed, in store_state.
[[nodiscard]] inline SealedPlace audit_key_place() {
    return {"", "", "audit_key", 0};
}

/// The conditions of a filter: `parameter(n)` writes the n-th parameter, counted from 0 in the order of `values`.
struct AuditConditions {
    std::string sql;  ///< begins with " AND " if there are any
    std::vector<std::string> texts;
    std::vector<Instant> times;
};
template <class Parameter>
[[nodiscard]] AuditConditions conditions_of(const AuditFilter& filter, Parameter parameter) {
    AuditConditions conditions;
    std::size_t next = 0;
    const auto equal = [&](std::string_view column, const std::optional<std::string>& value) {
        if (!value)
            return;
        conditions.sql += " AND " + std::string(column) + " = " + parameter(next++);
        conditions.texts.push_back(*value);
    };
    equal("tenant", filter.tenant);
    equal("action", filter.action);
    equal("actor", filter.actor);
    equal("outcome", filter.outcome);
    if (filter.outcome && *filter.outcome != "ok")
        conditions.sql += " AND outcome <> 'ok'";  // so that the index of these is found
    const auto compared = [&](std::string_view comparison, const std::optional<Instant>& value) {
        if (!value)
            return;
        conditions.sql += std::string(comparison) + parameter(next++);
        conditions.times.push_back(*value);
    };
    compared(" AND at >= ", filter.from);
    compared(" AND at < ", filter.to);
    return conditions;
}

/// The number that a cursor holds; the largest for an empty one. Errors: invalid_request.
[[nodiscard]] Result<std::int64_t> sequence_before(std::string_view cursor);

}  // namespace evergrant::storage
