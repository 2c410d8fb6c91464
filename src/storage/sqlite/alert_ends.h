#pragma once
//
// Alert ends: what becomes of alerts that told of something which lasts, once it is over. The contract is
// storage/alerts.h.
//
#include "storage/sqlite/session.h"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace evergrant::storage::sqlite {

std::size_t end_episodes(Session& session, std::chrono::milliseconds unconfirmed);
std::size_t end_left_alerts(Session& session, const std::vector<std::string>& channels);

}  // namespace evergrant::storage::sqlite
