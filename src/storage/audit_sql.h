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

/// Reads them from a row of either engine.
template <class Row>
[[nodiscard]] AuditRecord read_audit_record(Row& row) {
    AuditRecord record;
    record.sequence = row.template number<std::uint64_t>();
    AuditEvent& event = record.event;
    event.at = row.instant();
    for (std::string* field : {&event.actor, &event.role, &event.action, &event.tenant, &event.integration,
                               &event.outcome, &event.address, &event.request_id, &event.detail})
        *field = row.text();
    record.hash = row.bytes().value_or("");
    record.mac = row.bytes().value_or("");
    return record;
}

inline constexpr std::string_view audit_ends_columns =
    "base_sequence, base_hash, base_mac, head_sequence, head_hash, head_mac";

template <class Row>
[[nodiscard]] AuditEnds read_audit_ends(Row& row) {
    AuditEnds ends;
    ends.base.sequence = row.template number<std::uint64_t>();
    ends.base.hash = row.bytes().value_or("");
    ends.base_mac = row.bytes().value_or("");
    ends.head.sequence = row.template number<std::uint64_t>();
    ends.head.hash = row.bytes().value_or("");
    ends.head_mac = row.bytes().value_or("");
    return ends;
}

/// `key`: the store's own, if it has one. `base`: the last row that was removed. `hash`: that of the checkpoint's row
/// as it stands, if it does.
[[nodiscard]] AuditVerdict verdict_on(const AuditCheckpoint& checkpoint, const std::optional<SecretString>& key,
                                      const AuditPosition& base, const std::optional<std::string>& hash);

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
    equal("integration", filter.integration);
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
