#pragma once
//
// App credentials: the functions on oauth_configurations.
//
#include "storage/postgres/session.h"
#include "storage/store.h"

#include <optional>

namespace evergrant::storage::postgres {

[[nodiscard]] Task<Result<void>> save_app_credentials(Session* session, AppCredentials credentials);
[[nodiscard]] Task<Result<std::optional<AppCredentials>>> find_app_credentials(Session* session,
                                                                               std::optional<TenantId> tenant,
                                                                               ProviderId provider);
[[nodiscard]] Task<Result<bool>> remove_app_credentials(Session* session, std::optional<TenantId> tenant,
                                                        ProviderId provider);

}  // namespace evergrant::storage::postgres
