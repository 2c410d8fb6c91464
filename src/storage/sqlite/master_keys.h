#pragma once
//
// Rotation of the master key: the functions on data keys and replicas.
//
#include "storage/master_keys.h"
#include "storage/sqlite/session.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace evergrant::storage::sqlite {

[[nodiscard]] std::vector<MasterKeyUse> master_key_uses(Session& session);
[[nodiscard]] std::size_t rewrap_data_keys(Session& session, std::size_t limit);
[[nodiscard]] std::uint64_t data_keys_to_rewrap(Session& session);
void hold_rotation(Session& session, std::string_view key, std::chrono::milliseconds duration);
[[nodiscard]] bool take_up_rotation(Session& session, std::string_view key, std::chrono::milliseconds duration);
void end_rotation(Session& session, std::string_view key);
void announce_replica(Session& session, const ReplicaNote& note);
void forget_replica(Session& session, std::string_view id);
[[nodiscard]] std::vector<Replica> list_replicas(Session& session, std::chrono::milliseconds age);

/// The statements behind rewrap_data_keys, for the test that a part costs the same however many keys are left.
inline constexpr std::string_view deployment_keys_to_rewrap_sql =
    "SELECT id, tenant_id, master_key_id, wrapped, seals_reserved FROM data_keys"
    " WHERE tenant_id = '' AND master_key_id <> ?1 LIMIT ?2";
inline constexpr std::string_view tenant_keys_to_rewrap_sql =
    "SELECT id, tenant_id, master_key_id, wrapped, seals_reserved FROM data_keys"
    " WHERE master_key_id < ?1 AND tenant_id <> '' UNION ALL"
    " SELECT id, tenant_id, master_key_id, wrapped, seals_reserved FROM data_keys"
    " WHERE master_key_id > ?1 AND tenant_id <> '' LIMIT ?2";

}  // namespace evergrant::storage::sqlite
