#include "storage/postgres/tenants.h"

#include "storage/columns.h"
#include "storage/postgres/row_reader.h"
#include "storage/record_columns.h"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace evergrant::storage::postgres {

namespace {

Tenant read_tenant(const Rows& rows, std::size_t at = 0) {
    RowReader row(rows, at);
    return storage::read_tenant(row);
}

/// The keys go first: who is writing under one is waited for, and what it wrote is seen by what follows. Then the
/// floor is held, so that no generation is given until all is gone.
Batch removal_batch(const std::string& tenant) {
    Batch batch;
    batch.statements.emplace_back("DELETE FROM data_keys WHERE tenant_id = $1", tenant);
    batch.statements.emplace_back("SELECT number FROM store_state WHERE name = 'generation_floor' FOR UPDATE");
    batch.statements.emplace_back(
        "WITH removed AS (DELETE FROM oauth_tokens WHERE tenant_id = $1 RETURNING generation),"
        " raised AS (UPDATE store_state SET number = greatest(number, (SELECT max(generation) FROM removed))"
        " WHERE name = 'generation_floor') SELECT 1 FROM removed",
        tenant);
    batch.statements.emplace_back("DELETE FROM refresh_intents WHERE tenant_id = $1", tenant);
    batch.statements.emplace_back("DELETE FROM oauth_states WHERE tenant_id = $1 RETURNING 1", tenant);
    batch.statements.emplace_back("DELETE FROM oauth_configurations WHERE tenant_id = $1 RETURNING 1", tenant);
    batch.statements.emplace_back("DELETE FROM pending_revocations WHERE tenant_id = $1 RETURNING 1", tenant);
    batch.statements.emplace_back("DELETE FROM tenants WHERE id = $1 RETURNING 1", tenant);
    batch.statements.emplace_back("DELETE FROM connect_sessions WHERE tenant_id = $1", tenant);
    batch.statements.emplace_back("DELETE FROM launch_issuers WHERE tenant_id = $1", tenant);
    return batch;
}

/// Whether anything was held of the tenant; keys and intents alone are nothing.
bool anything_in(const std::vector<Rows>& answers) {
    constexpr std::array<std::size_t, 5> of_what_it_held{2, 4, 5, 6, 7};
    return std::ranges::any_of(of_what_it_held, [&answers](std::size_t index) { return !answers[index].empty(); });
}

}  // namespace

Task<Result<Tenant>> create_tenant(Session* session, Tenant tenant) {
    Statement creating(
        "INSERT INTO tenants (id, name, time_zone, contacts, settings, created_at, updated_at)"
        " SELECT $1, $2, $3, $4, $5, moment.at, moment.at FROM (SELECT evergrant_now() AS at) moment"
        " ON CONFLICT DO NOTHING RETURNING id, name, time_zone, contacts, settings, created_at, updated_at",
        tenant.id.str(), tenant.name, tenant.time_zone, boost::json::serialize(tenant.contacts),
        boost::json::serialize(tenant.settings));
    const auto rows = co_await session->write(std::move(creating));
    if (!rows)
        co_return std::unexpected(rows.error());
    if (rows->empty())
        co_return failure(Errc::conflict, "A tenant of this id exists already.");
    co_return read_tenant(*rows);
}

Task<Result<std::optional<Tenant>>> find_tenant(Session* session, TenantId id) {
    static const std::string sql = "SELECT " + tenant_columns + " FROM tenants WHERE id = $1";
    Statement finding(sql, id.str());
    const auto rows = co_await session->read(std::move(finding));
    if (!rows)
        co_return std::unexpected(rows.error());
    if (rows->empty())
        co_return std::optional<Tenant>();
    co_return std::optional<Tenant>(read_tenant(*rows));
}

Task<Result<Page<Tenant>>> list_tenants(Session* session, std::string cursor, std::size_t limit) {
    const auto after = parts_of(cursor, 1);
    if (!after)
        co_return std::unexpected(after.error());
    const std::size_t size = std::max<std::size_t>(limit, 1);
    static const std::string sql =
        "SELECT " + tenant_columns + " FROM tenants WHERE id > $1 ORDER BY id LIMIT $2::bigint";
    Statement listing(sql, after->front(), std::uint64_t{size + 1});
    const auto rows = co_await session->read(std::move(listing));
    if (!rows)
        co_return std::unexpected(rows.error());
    Page<Tenant> page;
    for (std::size_t row = 0; row < std::min(rows->size(), size); ++row)
        page.items.push_back(read_tenant(*rows, row));
    if (rows->size() > size)
        page.next_cursor = cursor_after({page.items.back().id.str()});
    co_return page;
}

Task<Result<Tenant>> update_tenant(Session* session, Tenant tenant) {
    Statement updating(
        "UPDATE tenants SET name = $2, time_zone = $3, contacts = $4, settings = $5, updated_at = evergrant_now()"
        " WHERE id = $1 RETURNING id, name, time_zone, contacts, settings, created_at, updated_at",
        tenant.id.str(), tenant.name, tenant.time_zone, boost::json::serialize(tenant.contacts),
        boost::json::serialize(tenant.settings));
    const auto rows = co_await session->write(std::move(updating));
    if (!rows)
        co_return std::unexpected(rows.error());
    if (rows->empty())
        co_return failure(Errc::tenant_not_found, "There is no such tenant.");
    co_return read_tenant(*rows);
}

Task<Result<bool>> remove_tenant(Session* session, TenantId id) {
    if (id.empty())
        co_return false;  // the empty name stands for the deployment, whose keys are not a tenant's to destroy
    Batch batch = removal_batch(id.str());
    const auto answers = co_await session->run(std::move(batch));
    session->forget(id.str());  // also when the answer did not come: what still stands is fetched again
    if (!answers)
        co_return std::unexpected(answers.error());
    co_return anything_in(*answers);
}

}  // namespace evergrant::storage::postgres
