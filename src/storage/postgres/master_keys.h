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

}  // namespace evergrant::storage::postgres
