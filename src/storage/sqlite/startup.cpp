#include "storage/sqlite/startup.h"

#include "storage/migration.h"
#include "storage/sqlite/claims.h"
#include "storage/sqlite/schema.h"
#include "storage/sqlite/store_exception.h"

namespace evergrant::storage::sqlite {

namespace {

constexpr std::string_view check_text = "evergrant";

SealedPlace check_place() {
    return {"", "", "master_key_check", 0};
}

std::optional<std::string> read_check(Session& session) {
    Statement row = session.database().query("SELECT value FROM store_state WHERE name = 'master_key_check'");
    if (!row.step())
        return std::nullopt;
    return row.text();
}

bool opens(Session& session, const std::string& box) {
    try {
        return session.open(check_place(), box).reveal() == check_text;
    } catch (const StoreException& exception) {
        if (exception.error().code != Errc::internal_error)
            throw;
        return false;
    }
}

/// The first start seals a known text; every later one must be able to open it.
void check_master_key(Session& session) {
    const std::optional<std::string> box = read_check(session);
    if (!box) {
        session.database().change("INSERT INTO store_state (name, value) VALUES ('master_key_check', ?1)",
                                  session.seal(check_place(), check_text).column());
        return;
    }
    if (!opens(session, *box))
        throw StoreException(Error{.code = Errc::invalid_request,
                                   .message =
                                       "The master key is not the one this store was made with; give that one in "
                                       "ENCRYPTION_KEY, after the new one if it is being replaced."});
}

void prepare_in_transaction(Session& session) {
    Database& database = session.database();
    database.change("BEGIN IMMEDIATE");
    try {
        check_master_key(session);
        break_leases(session);
        database.change("COMMIT");
        session.change_kept();
        session.committed();
    } catch (...) {
        if (database.in_transaction())
            database.change("ROLLBACK");
        session.rolled_back();
        throw;
    }
}

}  // namespace

Result<void> prepare(Session& session) {
    try {
        migrate(session.database(), migrations(), session.now());
        prepare_in_transaction(session);
        return {};
    } catch (...) {
        return std::unexpected(error_of_current_exception());
    }
}

}  // namespace evergrant::storage::sqlite
