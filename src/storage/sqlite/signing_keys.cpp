#include "storage/sqlite/signing_keys.h"

#include "storage/signing_key_columns.h"

namespace evergrant::storage::sqlite {

std::vector<SigningKey> list_signing_keys(Session& session) {
    static const std::string sql =
        "SELECT " + std::string(signing_key_columns) + " FROM signing_keys ORDER BY created_at, id";
    Statement row = session.database().query(sql);
    std::vector<SigningKey> keys;
    while (row.step()) {
        SigningKey key = read_signing_key(row);
        key.private_key = session.open(place_of(key), row.blob());
        keys.push_back(std::move(key));
    }
    return keys;
}

void put_signing_key(Session& session, const SigningKey& key) {
    const Box box = session.seal(place_of(key), key.private_key.reveal());
    session.database().change(
        "INSERT OR REPLACE INTO signing_keys (id, algorithm, created_at, signs_from, signs_until, published_until,"
        " private_key) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        key.id, key.algorithm, key.created_at, key.signs_from, key.signs_until, key.published_until, box.column());
}

Result<void> add_signing_key(Session& session, const SigningKey& key, const std::optional<SigningHandover>& handover) {
    session.database().change("DELETE FROM signing_keys WHERE published_until <= ?1", key.created_at);
    if (session.database().query("SELECT 1 FROM signing_keys WHERE id = ?1", key.id).step())
        return failure(Errc::conflict, "There is this signing key already.");
    if (handover)
        session.database().change(
            "UPDATE signing_keys SET signs_until = ?2, published_until = ?3 WHERE id = ?1 AND signs_until IS "
            "NULL",
            handover->replaced, handover->signs_until, handover->published_until);
    put_signing_key(session, key);
    return {};
}

bool remove_signing_key(Session& session, std::string_view id) {
    return session.database().change("DELETE FROM signing_keys WHERE id = ?1", id) != 0;
}

}  // namespace evergrant::storage::sqlite
