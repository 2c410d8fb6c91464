#include "storage/sqlite/master_keys.h"

#include "storage/columns.h"
#include "storage/sqlite/store_exception.h"

#include <utility>

namespace evergrant::storage::sqlite {

namespace {

void read_keys(Statement row, std::vector<WrappedDataKey>& keys) {
    while (row.step()) {
        WrappedDataKey& key = keys.emplace_back();
        key.id = row.number<std::uint64_t>();
        key.tenant = row.text();
        key.master_key_id = row.text();
        key.wrapped = row.text();
        key.seals_reserved = row.number<std::uint64_t>();
    }
}

/// The deployment's come first.
std::vector<WrappedDataKey> keys_under_others(Session& session, std::size_t limit) {
    Database& database = session.database();
    const std::string& first = session.sealer().first_master_key();
    std::vector<WrappedDataKey> keys;
    read_keys(database.query(deployment_keys_to_rewrap_sql, first, limit), keys);
    if (keys.size() < limit)
        read_keys(database.query(tenant_keys_to_rewrap_sql, first, limit - keys.size()), keys);
    return keys;
}

/// Whose value is until when somebody holds it.
std::string rotation_row(std::string_view key) {
    return "master_key_rotation " + std::string(key);
}

}  // namespace

std::vector<MasterKeyUse> master_key_uses(Session& session) {
    Statement row = session.database().query(
        "SELECT master_key_id, count(*), sum(seals_reserved) FROM data_keys GROUP BY master_key_id ORDER BY 1");
    std::vector<MasterKeyUse> uses;
    while (row.step()) {
        MasterKeyUse& use = uses.emplace_back();
        use.id = row.text();
        use.data_keys = row.number<std::uint64_t>();
        use.seals = row.number<std::uint64_t>();
    }
    return uses;
}

std::size_t rewrap_data_keys(Session& session, std::size_t limit) {
    std::size_t count = 0;
    for (WrappedDataKey& stored : keys_under_others(session, limit)) {
        const std::string before = stored.master_key_id;
        const auto key = session.sealer().rewrapped(std::move(stored));
        if (!key)
            throw StoreException(Error{.code = Errc::internal_error,
                                       .message = "A data key does not open under master key " + before +
                                                  "; keep that key in the ring until the rotation is done."});
        session.database().change("UPDATE data_keys SET master_key_id = ?2, wrapped = ?3 WHERE id = ?1", key->id,
                                  key->master_key_id, Blob{key->wrapped});
        ++count;
    }
    return count;
}

std::uint64_t data_keys_to_rewrap(Session& session) {
    Statement row =
        session.database().query("SELECT count(*) FROM data_keys WHERE master_key_id < ?1 OR master_key_id > ?1",
                                 session.sealer().first_master_key());
    row.step();
    return row.number<std::uint64_t>();
}

void hold_rotation(Session& session, std::string_view key, std::chrono::milliseconds duration) {
    session.database().change("INSERT OR REPLACE INTO store_state (name, value) VALUES (?1, ?2)", rotation_row(key),
                              session.now() + duration);
}

bool take_up_rotation(Session& session, std::string_view key, std::chrono::milliseconds duration) {
    const Instant now = session.now();
    return session.database().change("UPDATE store_state SET value = ?2 WHERE name = ?1 AND value <= ?3",
                                     rotation_row(key), now + duration, now) == 1;
}

void end_rotation(Session& session, std::string_view key) {
    session.database().change("DELETE FROM store_state WHERE name = ?1", rotation_row(key));
}

void announce_replica(Session& session, const ReplicaNote& note) {
    const Instant now = session.now();
    session.database().change(
        "INSERT OR REPLACE INTO replicas (id, master_keys, unwritten, heard_at) VALUES (?1, ?2, ?3, ?4)", note.id,
        to_column(note.master_keys), note.unwritten, now);
    session.database().change("DELETE FROM replicas WHERE heard_at < ?1", now - std::chrono::days(1));
}

void forget_replica(Session& session, std::string_view id) {
    session.database().change("DELETE FROM replicas WHERE id = ?1", id);
}

std::vector<Replica> list_replicas(Session& session, std::chrono::milliseconds age) {
    Statement row = session.database().query(
        "SELECT id, master_keys, unwritten, heard_at FROM replicas WHERE heard_at > ?1 ORDER BY id",
        session.now() - age);
    std::vector<Replica> replicas;
    while (row.step()) {
        Replica& replica = replicas.emplace_back();
        replica.note.id = row.text();
        replica.note.master_keys = list_from(row.text());
        replica.note.unwritten = row.number<std::uint64_t>();
        replica.heard_at = row.instant();
    }
    return replicas;
}

}  // namespace evergrant::storage::sqlite
