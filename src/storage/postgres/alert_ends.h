#pragma once
//
// Alert ends: what becomes of alerts that told of something which lasts, once it is over. The contract is
// storage/alerts.h.
//
#include "storage/postgres/session.h"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace evergrant::storage::postgres {

[[nodiscard]] Task<Result<std::size_t>> end_episodes(Session* session, std::chrono::milliseconds unconfirmed);
[[nodiscard]] Task<Result<std::size_t>> end_left_alerts(Session* session, std::vector<std::string> channels);

}  // namespace evergrant::storage::postgres
