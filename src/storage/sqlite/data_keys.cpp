#include "storage/sqlite/data_keys.h"

namespace evergrant::storage::sqlite {

namespace {

std::optional<WrappedDataKey> read(Statement statement) {
    if (!statement.step())
        return std::nullopt;
    WrappedDataKey key;
    key.id = statement.number<std::uint64_t>();
    key.tenant = statement.text();
    key.master_key_id = statement.text();
    key.wrapped = statement.text();
    key.seals_reserved = statement.number<std::uint64_t>();
    return key;
}

}  // namespace

std::optional<WrappedDataKey> SqliteDataKeys::newest(std::string_view tenant) {
    return read(
        database_.query("SELECT id, tenant_id, master_key_id, wrapped, seals_reserved FROM data_keys"
                        " WHERE tenant_id = ?1 ORDER BY id DESC LIMIT 1",
                        tenant));
}

std::optional<WrappedDataKey> SqliteDataKeys::find(std::uint64_t id) {
    return read(database_.query(
        "SELECT id, tenant_id, master_key_id, wrapped, seals_reserved FROM data_keys WHERE id = ?1", id));
}

WrappedDataKey SqliteDataKeys::insert(std::string_view tenant, std::string_view master_key_id,
                                      const std::function<std::string(std::uint64_t id)>& wrap) {
    touched_.emplace(tenant);
    WrappedDataKey key;
    key.tenant = tenant;
    key.master_key_id = master_key_id;
    {
        Statement made = database_.query(
            "INSERT INTO data_keys (tenant_id, master_key_id, wrapped) VALUES (?1, ?2, x'') RETURNING id", tenant,
            master_key_id);
        made.step();
        key.id = made.number<std::uint64_t>();
    }
    key.wrapped = wrap(key.id);
    database_.change("UPDATE data_keys SET wrapped = ?2 WHERE id = ?1", key.id, Blob{key.wrapped});
    return key;
}

void SqliteDataKeys::reserve_seals(std::uint64_t id, std::uint64_t total) {
    Statement reserved =
        database_.query("UPDATE data_keys SET seals_reserved = ?2 WHERE id = ?1 RETURNING tenant_id", id, total);
    if (reserved.step())
        touched_.insert(reserved.text());
}

std::size_t SqliteDataKeys::remove(std::string_view tenant) {
    touched_.emplace(tenant);
    return database_.change("DELETE FROM data_keys WHERE tenant_id = ?1", tenant);
}

}  // namespace evergrant::storage::sqlite
