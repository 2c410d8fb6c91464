#pragma once
//
// App credentials: the functions on oauth_configurations.
//
#include "storage/postgres/session.h"
#include "storage/store.h"

#include <optional>
#include <string>

namespace evergrant::storage::postgres {

/// Columns of oauth_configurations c, as read_app_credentials reads them.
extern const std::string app_credentials_columns;
/// The first row's, from `column` on, of that scope; nothing if they are null there.
[[nodiscard]] Task<Result<std::optional<AppCredentials>>> read_app_credentials(Session* session, const Rows* rows,
                                                                               int column,
                                                                               std::optional<TenantId> tenant,
                                                                               ProviderId provider);

[[nodiscard]] Task<Result<void>> save_app_credentials(Session* session, AppCredentials credentials);
[[nodiscard]] Task<Result<std::optional<AppCredentials>>> find_app_credentials(Session* session,
                                                                               std::optional<TenantId> tenant,
                                                                               ProviderId provider);
[[nodiscard]] Task<Result<bool>> remove_app_credentials(Session* session, std::optional<TenantId> tenant,
                                                        ProviderId provider);

}  // namespace evergrant::storage::postgres
