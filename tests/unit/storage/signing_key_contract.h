#pragma once
//
// The contract of storage/signing_keys.h as a test fixture.
//
#include "storage/signing_keys.h"
#include "store_contract.h"

#include <string>
#include <vector>

namespace evergrant::storage {

class SigningKeyContract : public StoreContract {
protected:
    [[nodiscard]] SigningKeyStore& keys() { return signing_keys_of(store()); }
    std::vector<SigningKey> listed() { return ask(keys().list_signing_keys()); }
    SigningKey key_of(const std::string& id, const std::string& algorithm = "RS384") {
        return {id, algorithm, SecretString("private " + id), clock_.now(), clock_.now(), {}, {}};
    }
    void added(const std::string& id, const std::string& algorithm = "RS384",
               std::optional<SigningHandover> handover = {}) {
        ask(keys().add_signing_key(key_of(id, algorithm), handover));
        clock_.advance(std::chrono::seconds(1));
    }
    SigningHandover handover(const std::string& replaced = "one") {
        return {replaced, clock_.now() + std::chrono::hours(1), clock_.now() + std::chrono::hours(2)};
    }
};

}  // namespace evergrant::storage
