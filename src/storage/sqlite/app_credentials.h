#pragma once
//
// App credentials: the functions on oauth_configurations.
//
#include "storage/records.h"
#include "storage/sqlite/session.h"

#include <cstddef>
#include <optional>

namespace evergrant::storage::sqlite {

void save_app_credentials(Session& session, const AppCredentials& credentials, Instant updated_at);
[[nodiscard]] std::optional<AppCredentials> find_app_credentials(Session& session,
                                                                 const std::optional<TenantId>& tenant,
                                                                 const ProviderId& provider);
[[nodiscard]] bool remove_app_credentials(Session& session, const std::optional<TenantId>& tenant,
                                          const ProviderId& provider);
std::size_t remove_app_credentials_of(Session& session, const TenantId& tenant);

}  // namespace evergrant::storage::sqlite
