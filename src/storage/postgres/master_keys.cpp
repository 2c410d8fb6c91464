#include "storage/postgres/master_keys.h"

#include "storage/columns.h"
#include "storage/postgres/row_reader.h"

#include <utility>

namespace evergrant::storage::postgres {

namespace {

WrappedDataKey read_key(const Rows& rows, std::size_t at) {
    RowReader row(rows, at);
    WrappedDataKey key;
    key.id = row.number<std::uint64_t>();
    key.tenant = row.text();
    key.master_key_id = row.text();
    key.wrapped = row.bytes().value_or("");
    key.seals_reserved = row.number<std::uint64_t>();
    return key;
}

/// A key that was destroyed, or sealed anew by another, meanwhile is passed over.
Statement replace_key(const WrappedDataKey& key, const WrappedDataKey& before) {
    return Statement(
        "UPDATE data_keys SET master_key_id = $2, wrapped = $3::bytea WHERE id = $1::bigint AND master_key_id = $4"
        " AND wrapped = $5::bytea",
        key.id, key.master_key_id, Bytes{key.wrapped}, before.master_key_id, Bytes{before.wrapped});
}

/// Whose number is until when somebody holds it.
std::string rotation_row(const std::string& key) {
    return "master_key_rotation " + key;
}

}  // namespace

Task<Result<std::vector<MasterKeyUse>>> master_key_uses(Session* session) {
    Statement asking(
        "SELECT master_key_id, count(*), sum(seals_reserved)::bigint FROM data_keys GROUP BY master_key_id ORDER BY 1");
    const auto rows = co_await session->read(std::move(asking));
    if (!rows)
        co_return std::unexpected(rows.error());
    std::vector<MasterKeyUse> uses;
    for (std::size_t at = 0; at < rows->size(); ++at) {
        RowReader row(*rows, at);
        MasterKeyUse& use = uses.emplace_back();
        use.id = row.text();
        use.data_keys = row.number<std::uint64_t>();
        use.seals = row.number<std::uint64_t>();
    }
    co_return uses;
}

Task<Result<std::size_t>> rewrap_data_keys(Session* session, std::size_t limit) {
    Statement asking(data_keys_to_rewrap_sql, session->sealer().first_master_key(), std::uint64_t{limit});
    const auto rows = co_await session->read(std::move(asking));
    if (!rows)
        co_return std::unexpected(rows.error());
    if (rows->empty())
        co_return std::size_t{0};
    Batch batch;
    for (std::size_t at = 0; at < rows->size(); ++at) {
        const WrappedDataKey before = read_key(*rows, at);
        const auto key = session->sealer().rewrapped(before);
        if (!key)
            co_return failure(Errc::internal_error, "A data key does not open under master key " +
                                                        before.master_key_id +
                                                        "; keep that key in the ring until the rotation is done.");
        batch.statements.push_back(replace_key(*key, before));
    }
    const auto answers = co_await session->run(std::move(batch));
    if (!answers)
        co_return std::unexpected(answers.error());
    co_return rows->size();
}

Task<Result<std::uint64_t>> data_keys_to_rewrap(Session* session) {
    Statement asking("SELECT count(*) FROM data_keys WHERE master_key_id < $1 OR master_key_id > $1",
                     session->sealer().first_master_key());
    const auto rows = co_await session->read(std::move(asking));
    if (!rows)
        co_return std::unexpected(rows.error());
    co_return static_cast<std::uint64_t>(rows->integer(0, 0));
}

Task<Result<void>> hold_rotation(Session* session, std::string key, std::chrono::milliseconds duration) {
    Statement holding(
        "INSERT INTO store_state (name, number) VALUES ($1, evergrant_now() + $2::bigint)"
        " ON CONFLICT (name) DO UPDATE SET number = excluded.number",
        rotation_row(key), std::int64_t{duration.count()});
    const auto rows = co_await session->write(std::move(holding));
    if (!rows)
        co_return std::unexpected(rows.error());
    co_return Result<void>();
}

Task<Result<bool>> take_up_rotation(Session* session, std::string key, std::chrono::milliseconds duration) {
    Statement taking(
        "UPDATE store_state SET number = evergrant_now() + $2::bigint WHERE name = $1 AND number <= evergrant_now()",
        rotation_row(key), std::int64_t{duration.count()});
    const auto rows = co_await session->write(std::move(taking));
    if (!rows)
        co_return std::unexpected(rows.error());
    co_return rows->affected() == 1;
}

Task<Result<void>> end_rotation(Session* session, std::string key) {
    Statement ending("DELETE FROM store_state WHERE name = $1", rotation_row(key));
    const auto rows = co_await session->write(std::move(ending));
    if (!rows)
        co_return std::unexpected(rows.error());
    co_return Result<void>();
}

Task<Result<void>> announce_replica(Session* session, ReplicaNote note) {
    Batch batch;
    batch.statements.emplace_back(
        "INSERT INTO replicas (id, master_keys, unwritten, heard_at) VALUES ($1, $2, $3::bigint, evergrant_now())"
        " ON CONFLICT (id) DO UPDATE SET master_keys = excluded.master_keys, unwritten = excluded.unwritten,"
        " heard_at = excluded.heard_at",
        note.id, to_column(note.master_keys), note.unwritten);
    batch.statements.emplace_back(
        "DELETE FROM replicas WHERE id IN (SELECT id FROM replicas WHERE heard_at < evergrant_now() - 86400000"
        " FOR UPDATE SKIP LOCKED)");
    const auto answers = co_await session->run(std::move(batch));
    if (!answers)
        co_return std::unexpected(answers.error());
    co_return Result<void>();
}

Task<Result<void>> forget_replica(Session* session, std::string id) {
    Statement forgetting("DELETE FROM replicas WHERE id = $1", id);
    const auto rows = co_await session->write(std::move(forgetting));
    if (!rows)
        co_return std::unexpected(rows.error());
    co_return Result<void>();
}

Task<Result<std::vector<Replica>>> list_replicas(Session* session, std::chrono::milliseconds age) {
    Statement listing(
        "SELECT id, master_keys, unwritten, heard_at FROM replicas WHERE heard_at > evergrant_now() - $1::bigint"
        " ORDER BY id",
        std::int64_t{age.count()});
    const auto rows = co_await session->read(std::move(listing));
    if (!rows)
        co_return std::unexpected(rows.error());
    std::vector<Replica> replicas;
    for (std::size_t at = 0; at < rows->size(); ++at) {
        RowReader row(*rows, at);
        Replica& replica = replicas.emplace_back();
        replica.note.id = row.text();
        replica.note.master_keys = list_from(row.text());
        replica.note.unwritten = row.number<std::uint64_t>();
        replica.heard_at = row.instant();
    }
    co_return replicas;
}

}  // namespace evergrant::storage::postgres
