#pragma once
//
// API keys: the functions on the table of that name.
//
#include "storage/alerts.h"
#include "storage/records.h"
#include "storage/sqlite/session.h"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace evergrant::storage::sqlite {

void save_api_key(Session& session, const ApiKey& key);
[[nodiscard]] std::optional<ApiKey> find_api_key(Session& session, std::string_view id);
[[nodiscard]] std::vector<ApiKey> list_api_keys(Session& session);
[[nodiscard]] std::vector<EndingKey> ending_api_keys(Session& session, std::chrono::seconds within, std::size_t limit);
[[nodiscard]] bool revoke_api_key(Session& session, std::string_view id, sys_seconds at);
void touch_api_keys(Session& session, const std::vector<std::pair<std::string, sys_seconds>>& last_used);

}  // namespace evergrant::storage::sqlite
