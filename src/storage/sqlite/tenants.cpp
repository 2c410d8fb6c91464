#include "storage/sqlite/tenants.h"

#include "storage/columns.h"
#include "storage/record_columns.h"
#include "storage/sqlite/app_credentials.h"
#include "storage/sqlite/authorizations.h"
#include "storage/sqlite/connect_sessions.h"
#include "storage/sqlite/connections.h"
#include "storage/sqlite/launch_issuers.h"
#include "storage/sqlite/revocations.h"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <utility>

namespace evergrant::storage::sqlite {

Result<Tenant> create_tenant(Session& session, const Tenant& tenant) {
    Statement row = session.database().query(
        "INSERT INTO tenants (id, name, time_zone, contacts, settings, created_at, updated_at)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6) ON CONFLICT DO NOTHING"
        " RETURNING id, name, time_zone, contacts, settings, created_at, updated_at",
        tenant.id.str(), tenant.name, tenant.time_zone, boost::json::serialize(tenant.contacts),
        boost::json::serialize(tenant.settings), session.now());
    if (!row.step())
        return failure(Errc::conflict, "A tenant of this id exists already.");
    return read_tenant(row);
}

void put_tenant(Session& session, const Tenant& tenant) {
    session.database().change(
        "INSERT OR REPLACE INTO tenants (id, name, time_zone, contacts, settings, created_at, updated_at)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        tenant.id.str(), tenant.name, tenant.time_zone, boost::json::serialize(tenant.contacts),
        boost::json::serialize(tenant.settings), tenant.created_at, tenant.updated_at);
}

std::optional<Tenant> find_tenant(Session& session, const TenantId& id) {
    static const std::string sql = "SELECT " + tenant_columns + " FROM tenants WHERE id = ?1";
    Statement row = session.database().query(sql, id.str());
    if (!row.step())
        return std::nullopt;
    return read_tenant(row);
}

Result<Page<Tenant>> list_tenants(Session& session, std::string_view cursor, std::size_t limit) {
    const auto after = parts_of(cursor, 1);
    if (!after)
        return std::unexpected(after.error());
    const std::size_t size = std::max<std::size_t>(limit, 1);
    static const std::string sql = "SELECT " + tenant_columns + " FROM tenants WHERE id > ?1 ORDER BY id LIMIT ?2";
    Statement row = session.database().query(sql, after->front(), size + 1);
    Page<Tenant> page;
    while (row.step()) {
        if (page.items.size() == size) {
            page.next_cursor = cursor_after({page.items.back().id.str()});
            break;
        }
        page.items.push_back(read_tenant(row));
    }
    return page;
}

Result<Tenant> update_tenant(Session& session, const Tenant& tenant) {
    Statement row = session.database().query(
        "UPDATE tenants SET name = ?2, time_zone = ?3, contacts = ?4, settings = ?5, updated_at = ?6 WHERE id = ?1"
        " RETURNING id, name, time_zone, contacts, settings, created_at, updated_at",
        tenant.id.str(), tenant.name, tenant.time_zone, boost::json::serialize(tenant.contacts),
        boost::json::serialize(tenant.settings), session.now());
    if (!row.step())
        return failure(Errc::tenant_not_found, "There is no such tenant.");
    return read_tenant(row);
}

bool remove_tenant(Session& session, const TenantId& id) {
    if (id.empty())
        return false;  // the empty name stands for the deployment, whose keys are not a tenant's to destroy
    std::size_t removed = remove_connections_of(session, id);
    removed += remove_revocations_of(session, id);
    removed += remove_authorizations_of(session, id);
    removed += remove_app_credentials_of(session, id);
    remove_connect_sessions_of(session, id);
    remove_launch_issuers_of(session, id);
    removed += session.database().change("DELETE FROM tenants WHERE id = ?1", id.str());
    session.destroy_keys_of(id.str());
    return removed != 0;
}

}  // namespace evergrant::storage::sqlite
