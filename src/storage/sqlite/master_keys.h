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

}  // namespace evergrant::storage::sqlite
