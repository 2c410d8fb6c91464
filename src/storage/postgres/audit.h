#pragma once
//
// The audit log: the functions on its tables. Rows are made here, where the chain's key is; the database holds the one
// row that tells where the chain ends. A batch of events is one round trip while nobody else has appended since the
// last, and one more each time somebody has: the answer tells where the chain ends now.
//
#include "storage/postgres/session.h"
#include "storage/store.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace evergrant::storage::postgres {

[[nodiscard]] Task<Result<AuditPosition>> append_audit(Session* session, std::vector<AuditEvent> events);
[[nodiscard]] Task<Result<Page<AuditRecord>>> list_audit(Session* session, AuditFilter filter, std::string cursor,
                                                         std::size_t limit);
[[nodiscard]] Task<Result<AuditCheck>> check_audit(Session* session, std::uint64_t after, std::size_t limit);
[[nodiscard]] Task<Result<AuditCheckpoint>> audit_checkpoint(Session* session);
[[nodiscard]] Task<Result<AuditVerdict>> judge_checkpoint(Session* session, AuditCheckpoint checkpoint);
[[nodiscard]] Task<Result<std::size_t>> remove_audit_older_than(Session* session, std::chrono::milliseconds age,
                                                                std::size_t limit);

}  // namespace evergrant::storage::postgres
