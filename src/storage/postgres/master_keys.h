#pragma once
//
// Rotation of the master key: the functions on data keys and replicas.
//
#include "storage/postgres/session.h"
#include "storage/store.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::storage::postgres {

[[nodiscard]] Task<Result<std::vector<MasterKeyUse>>> master_key_uses(Session* session);
[[nodiscard]] Task<Result<std::size_t>> rewrap_data_keys(Session* session, std::size_t limit);
[[nodiscard]] Task<Result<std::uint64_t>> data_keys_to_rewrap(Session* session);
[[nodiscard]] Task<Result<void>> hold_rotation(Session* session, std::string key, std::chrono::milliseconds duration);
[[nodiscard]] Task<Result<bool>> take_up_rotation(Session* session, std::string key,
                                                  std::chrono::milliseconds duration);
[[nodiscard]] Task<Result<void>> end_rotation(Session* session, std::string key);
[[nodiscard]] Task<Result<void>> announce_replica(Session* session, ReplicaNote note);
[[nodiscard]] Task<Result<void>> forget_replica(Session* session, std::string id);
[[nodiscard]] Task<Result<std::vector<Replica>>> list_replicas(Session* session, std::chrono::milliseconds age);

/// The statement behind rewrap_data_keys, for the test that a part costs the same however many keys are left. Each of
/// its halves goes along the index; the deployment's keys, whose tenant is empty, come first.
inline constexpr std::string_view data_keys_to_rewrap_sql =
    "SELECT id, tenant_id, master_key_id, wrapped, seals_reserved FROM"
    " ((SELECT * FROM data_keys WHERE tenant_id = '' AND master_key_id <> $1 LIMIT $2::bigint) UNION ALL"
    " (SELECT * FROM data_keys WHERE master_key_id < $1 AND tenant_id <> ''"
    " ORDER BY master_key_id, tenant_id LIMIT $2::bigint) UNION ALL"
    " (SELECT * FROM data_keys WHERE master_key_id > $1 AND tenant_id <> ''"
    " ORDER BY master_key_id, tenant_id LIMIT $2::bigint)) next ORDER BY tenant_id <> '' LIMIT $2::bigint";

}  // namespace evergrant::storage::postgres
