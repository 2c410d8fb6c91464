#include "storage/postgres/startup.h"

#include "async/sleep.h"
#include "storage/migration.h"
#include "storage/postgres/schema.h"
#include "storage/store_exception.h"

#include <chrono>
#include <utility>

namespace evergrant::storage::postgres {

namespace {

constexpr std::string_view check_text = "evergrant";

// A server that has just ended is gone from the database's list a moment later.
constexpr int looks_for_servers = 10;
constexpr std::chrono::milliseconds between_looks{50};

SealedPlace check_place() {
    return {"", "", "master_key_check", 0};
}

std::unexpected<Error> refuse_master_key() {
    return failure(Errc::invalid_request,
                   "The master key is not the one this store was made with; give that one in ENCRYPTION_KEY, after the "
                   "new one if it is being replaced.");
}

/// The functions on the tables rely on both: what a statement finds after another has locked a row is how things stand,
/// and text of any language is kept as it is.
Task<Result<void>> check_settings(Session* session) {
    Statement asking("SELECT current_setting('transaction_isolation'), current_setting('server_encoding')");
    const auto rows = co_await session->read(std::move(asking));
    if (!rows)
        co_return std::unexpected(rows.error());
    if (rows->text(0, 0) != "read committed")
        co_return failure(Errc::invalid_request,
                          "The database's default_transaction_isolation is not \"read committed\"; set it so for this "
                          "database or role.");
    if (rows->text(0, 1) != "UTF8")
        co_return failure(Errc::invalid_request,
                          "The database's encoding is not UTF8; create one WITH ENCODING 'UTF8'.");
    co_return Result<void>();
}

Batch question(std::string_view sql) {
    Batch batch;
    batch.use = Batch::Use::read;
    batch.statements.emplace_back(sql);
    return batch;
}

bool opens(Session& session, const std::optional<std::string>& box) {
    try {
        return session.open(check_place(), box).reveal() == check_text;
    } catch (const StoreException&) {
        return false;
    }
}

/// The check and the key it is sealed under, together or not at all: of two first starts one is the first.
Task<Result<void>> write_check(Session* session) {
    auto key = co_await make_key(&session->pool(), &session->sealer(), "");
    if (!key)
        co_return std::unexpected(std::move(key).error());
    Batch batch;
    batch.statements.push_back(insert_key(*key));
    session->keys().remember_with_block(std::move(*key));
    const Box box = session->seal(check_place(), check_text);
    batch.statements.emplace_back("INSERT INTO store_state (name, box) VALUES ('master_key_check', $1::bytea)",
                                  box.column());
    auto written = co_await session->pool().run(std::move(batch));
    if (written)
        co_return Result<void>();
    session->forget("");
    co_return std::unexpected(std::move(written).error());
}

Task<Result<void>> check_master_key(Session* session) {
    for (int tries = 0; tries < Session::most_tries; ++tries) {
        Statement asking("SELECT box FROM store_state WHERE name = 'master_key_check'");
        const auto rows = co_await session->read(std::move(asking));
        if (!rows)
            co_return std::unexpected(rows.error());
        if (!rows->empty()) {
            const auto box = rows->optional_bytes(0, 0);
            std::vector<const std::optional<std::string>*> boxes = {&box};
            auto learned = co_await session->learn_keys_of(std::move(boxes));
            if (learned && !opens(*session, box))
                co_return refuse_master_key();
            co_return learned;
        }
        auto written = co_await write_check(session);
        if (written || written.error().code != Errc::conflict)
            co_return written;
    }
    co_return Session::out_of_tries();
}

}  // namespace

Task<Result<void>> prepare(Session* session) {
    auto suits = co_await check_settings(session);
    if (!suits)
        co_return suits;
    auto migrated = co_await migrate(&session->pool(), migrations());
    if (!migrated)
        co_return migrated;
    auto checked = co_await check_master_key(session);
    co_return checked;
}

Task<Result<void>> refuse_servers(Pool* pool) {
    for (int looks = 0; looks < looks_for_servers; ++looks) {
        if (looks != 0)
            co_await async::sleep_for(between_looks);
        Batch asking = question(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name = 'evergrant' AND pid <> pg_backend_pid()");
        const auto answers = co_await pool->run(std::move(asking));
        if (!answers)
            co_return std::unexpected(answers.error());
        if (answers->front().integer(0, 0) == 0)
            co_return Result<void>();
    }
    co_return failure(Errc::conflict, "A server is connected to this database; stop every replica first.");
}

Task<Result<void>> require_store(Pool* pool) {
    Batch asking = question("SELECT to_regclass('store_state') IS NOT NULL");
    const auto answers = co_await pool->run(std::move(asking));
    if (!answers)
        co_return std::unexpected(answers.error());
    if (!answers->front().boolean(0, 0))
        co_return failure(Errc::not_found, "There is no store in this database.");
    co_return Result<void>();
}

}  // namespace evergrant::storage::postgres
