#pragma once
//
// Tenants: the functions on the table of tenants, and their removal from every other.
//
#include "storage/postgres/session.h"
#include "storage/store.h"

#include <cstddef>
#include <optional>
#include <string>

namespace evergrant::storage::postgres {

[[nodiscard]] Task<Result<Tenant>> create_tenant(Session* session, Tenant tenant);
[[nodiscard]] Task<Result<std::optional<Tenant>>> find_tenant(Session* session, TenantId id);
[[nodiscard]] Task<Result<Page<Tenant>>> list_tenants(Session* session, std::string cursor, std::size_t limit);
[[nodiscard]] Task<Result<Tenant>> update_tenant(Session* session, Tenant tenant);
[[nodiscard]] Task<Result<bool>> remove_tenant(Session* session, TenantId id);

}  // namespace evergrant::storage::postgres
