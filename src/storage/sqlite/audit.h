#pragma once
//
// The audit log: the functions on its tables.
//
#include "storage/audit.h"
#include "storage/sqlite/session.h"
#include "storage/store.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace evergrant::storage::sqlite {

[[nodiscard]] AuditPosition append_audit(Session& session, std::vector<AuditEvent> events);
[[nodiscard]] Result<Page<AuditRecord>> list_audit(Session& session, const AuditFilter& filter, std::string_view cursor,
                                                   std::size_t limit);
[[nodiscard]] AuditCheck check_audit(Session& session, std::uint64_t after, std::size_t limit);
/// Writes: the first one makes the chain's key.
[[nodiscard]] AuditCheckpoint audit_checkpoint(Session& session);
[[nodiscard]] AuditVerdict judge_checkpoint(Session& session, const AuditCheckpoint& checkpoint);
[[nodiscard]] std::size_t remove_audit_older_than(Session& session, std::chrono::milliseconds age, std::size_t limit);

}  // namespace evergrant::storage::sqlite
