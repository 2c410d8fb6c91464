#pragma once
//
// Signing keys in PostgreSQL: storage/signing_keys.h.
//
#include "storage/postgres/session.h"
#include "storage/signing_keys.h"

#include <optional>
#include <string>
#include <vector>

namespace evergrant::storage::postgres {

Task<Result<std::vector<SigningKey>>> list_signing_keys(Session* session);
/// In place of one of the same id.
Task<Result<void>> put_signing_key(Session* session, SigningKey key);
Task<Result<void>> add_signing_key(Session* session, SigningKey key, std::optional<SigningHandover> handover);
Task<Result<bool>> remove_signing_key(Session* session, std::string id);

}  // namespace evergrant::storage::postgres
