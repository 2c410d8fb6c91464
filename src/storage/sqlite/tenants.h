#pragma once
//
// Tenants: the functions on the table of that name, and the end of everything a tenant has.
//
#include "storage/sqlite/session.h"
#include "storage/store.h"

#include <cstddef>
#include <optional>
#include <string_view>

namespace evergrant::storage::sqlite {

[[nodiscard]] Result<Tenant> create_tenant(Session& session, const Tenant& tenant);
/// As it is, dates included, in place of the one before.
void put_tenant(Session& session, const Tenant& tenant);
[[nodiscard]] std::optional<Tenant> find_tenant(Session& session, const TenantId& id);
[[nodiscard]] Result<Page<Tenant>> list_tenants(Session& session, std::string_view cursor, std::size_t limit);
[[nodiscard]] Result<Tenant> update_tenant(Session& session, const Tenant& tenant);
/// False if nothing at all was held of that name.
[[nodiscard]] bool remove_tenant(Session& session, const TenantId& id);

}  // namespace evergrant::storage::sqlite
