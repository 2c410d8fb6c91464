#include "storage/postgres/signing_keys.h"

#include "storage/postgres/row_reader.h"
#include "storage/signing_key_columns.h"

#include <utility>

namespace evergrant::storage::postgres {

namespace {

Task<Result<Box>> sealed(Session* session, const SigningKey* key) {
    std::function<Box()> work = [=] { return session->seal(place_of(*key), key->private_key.reveal()); };
    co_return co_await session->sealed("", std::move(work));
}

Statement statement_of(std::string_view sql, const SigningKey& key, const Box& box) {
    return Statement(sql, key.id, key.algorithm, key.created_at, key.signs_from, key.signs_until, key.published_until,
                     box.column());
}

const std::string insertion =
    "INSERT INTO signing_keys (id, algorithm, created_at, signs_from, signs_until, published_until, private_key)"
    " VALUES ($1, $2, $3::bigint, $4::bigint, $5::bigint, $6::bigint, $7::bytea) ON CONFLICT (id) DO ";

}  // namespace

Task<Result<std::vector<SigningKey>>> list_signing_keys(Session* session) {
    static const std::string sql =
        "SELECT " + std::string(signing_key_columns) + " FROM signing_keys ORDER BY created_at, id";
    Statement listing(sql);
    const auto rows = co_await session->read(std::move(listing));
    if (!rows)
        co_return std::unexpected(rows.error());
    std::vector<std::pair<SigningKey, std::optional<std::string>>> found;
    for (std::size_t at = 0; at < rows->size(); ++at) {
        RowReader row(*rows, at);
        SigningKey key = read_signing_key(row);
        found.emplace_back(std::move(key), row.bytes());
    }
    std::vector<const std::optional<std::string>*> boxes;
    for (const auto& one : found)
        boxes.push_back(&one.second);
    auto learned = co_await session->learn_keys_of(std::move(boxes));
    if (!learned)
        co_return std::unexpected(std::move(learned).error());
    std::vector<SigningKey> keys;
    for (auto& [key, box] : found) {
        key.private_key = session->open(place_of(key), box);
        keys.push_back(std::move(key));
    }
    co_return keys;
}

Task<Result<void>> put_signing_key(Session* session, SigningKey key) {
    const auto box = co_await sealed(session, &key);
    if (!box)
        co_return std::unexpected(box.error());
    static const std::string sql = insertion +
                                   "UPDATE SET algorithm = excluded.algorithm, created_at = excluded.created_at,"
                                   " signs_from = excluded.signs_from, signs_until = excluded.signs_until,"
                                   " published_until = excluded.published_until, private_key = excluded.private_key";
    Statement putting = statement_of(sql, key, *box);
    const auto rows = co_await session->write(std::move(putting));
    if (!rows)
        co_return std::unexpected(rows.error());
    co_return Result<void>();
}

Task<Result<void>> add_signing_key(Session* session, SigningKey key, std::optional<SigningHandover> handover) {
    const auto box = co_await sealed(session, &key);
    if (!box)
        co_return std::unexpected(box.error());
    Batch batch;
    batch.statements.emplace_back("DELETE FROM signing_keys WHERE published_until <= $1::bigint", key.created_at);
    if (handover)
        batch.statements.emplace_back(
            "UPDATE signing_keys SET signs_until = $3::bigint, published_until = $4::bigint"
            " WHERE id = $1 AND signs_until IS NULL AND NOT EXISTS (SELECT 1 FROM signing_keys WHERE id = $2)",
            handover->replaced, key.id, handover->signs_until, handover->published_until);
    static const std::string adding = insertion + "NOTHING";
    batch.statements.push_back(statement_of(adding, key, *box));
    const auto answers = co_await session->run(std::move(batch));
    if (!answers)
        co_return std::unexpected(answers.error());
    if (answers->back().affected() != 1)
        co_return failure(Errc::conflict, "There is this signing key already.");
    co_return Result<void>();
}

Task<Result<bool>> remove_signing_key(Session* session, std::string id) {
    Statement removing("DELETE FROM signing_keys WHERE id = $1", id);
    const auto rows = co_await session->write(std::move(removing));
    if (!rows)
        co_return std::unexpected(rows.error());
    co_return rows->affected() != 0;
}

}  // namespace evergrant::storage::postgres
