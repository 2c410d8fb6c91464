#pragma once
//
// Signing keys in SQLite: storage/signing_keys.h.
//
#include "storage/signing_keys.h"
#include "storage/sqlite/session.h"

#include <string_view>

namespace evergrant::storage::sqlite {

[[nodiscard]] std::vector<SigningKey> list_signing_keys(Session& session);
/// In place of one of the same id.
void put_signing_key(Session& session, const SigningKey& key);
Result<void> add_signing_key(Session& session, const SigningKey& key, const std::optional<SigningHandover>& handover);
bool remove_signing_key(Session& session, std::string_view id);

}  // namespace evergrant::storage::sqlite
