#pragma once
//
// API keys: the functions on their table.
//
#include "storage/alerts.h"
#include "storage/postgres/session.h"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace evergrant::storage::postgres {

[[nodiscard]] Task<Result<void>> save_api_key(Session* session, ApiKey key);
[[nodiscard]] Task<Result<std::optional<ApiKey>>> find_api_key(Session* session, std::string id);
[[nodiscard]] Task<Result<std::vector<ApiKey>>> list_api_keys(Session* session);
[[nodiscard]] Task<Result<std::vector<EndingKey>>> ending_api_keys(Session* session, std::chrono::seconds within,
                                                                   std::size_t limit);
[[nodiscard]] Task<Result<bool>> revoke_api_key(Session* session, std::string id, sys_seconds at);
[[nodiscard]] Task<Result<void>> touch_api_keys(Session* session,
                                                std::vector<std::pair<std::string, sys_seconds>> last_used);

}  // namespace evergrant::storage::postgres
