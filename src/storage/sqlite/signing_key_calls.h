#pragma once
//
// SigningKeyCalls: the part of the store that keeps signing keys, as calls of its engine.
//
#include "storage/signing_keys.h"
#include "storage/sqlite/revocation_calls.h"
#include "storage/sqlite/signing_keys.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace evergrant::storage::sqlite {

/// Thread: any.
class SigningKeyCalls : public SigningKeyStore, public RevocationCalls {
public:
    using RevocationCalls::RevocationCalls;

    Task<Result<std::vector<SigningKey>>> list_signing_keys() override {
        return read<std::vector<SigningKey>>([](Session& session) { return sqlite::list_signing_keys(session); });
    }
    Task<Result<void>> add_signing_key(SigningKey key, std::optional<SigningHandover> handover) override {
        return change<void>([key = std::move(key), handover](Session& session) {
            return sqlite::add_signing_key(session, key, handover);
        });
    }
    Task<Result<bool>> remove_signing_key(std::string id) override {
        return change<bool>([id = std::move(id)](Session& session) { return sqlite::remove_signing_key(session, id); });
    }
};

}  // namespace evergrant::storage::sqlite
