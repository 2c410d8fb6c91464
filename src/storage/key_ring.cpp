#include "crypto/encoding.h"
#include "crypto/hash.h"
#include "storage/sealer.h"

#include <algorithm>
#include <utility>

namespace evergrant::storage {
namespace {

constexpr std::size_t digits_of_key = 64;
constexpr std::size_t digits_of_id = 8;

bool is_trivial(std::string_view digits) {
    return digits.find_first_not_of(digits.front()) == std::string_view::npos;
}

std::unexpected<Error> refuse(std::size_t position, std::string_view reason) {
    return failure(Errc::invalid_request, "Master key " + std::to_string(position) + " " + std::string(reason) +
                                              "; make one with `openssl rand -hex 32`.");
}

KeyRing::MasterKey make_master_key(const SecretString& bytes) {
    crypto::AeadKey key;
    {
        std::array<std::byte, 32> copy;
        std::ranges::copy(crypto::bytes_of(bytes.reveal()), copy.begin());
        key = crypto::AeadKey(copy);
        wipe(copy.data(), copy.size());
    }
    const auto id = crypto::hkdf_sha256(key.reveal(), {}, "evergrant key id");
    return {.id = crypto::to_hex(id.reveal()).substr(0, digits_of_id), .key = std::move(key)};
}

crypto::AeadKey derive_from(const KeyRing::MasterKey& master, std::string_view purpose) {
    return crypto::hkdf_sha256(master.key.reveal(), {}, "evergrant derived key: " + std::string(purpose));
}

}  // namespace

Result<KeyRing> KeyRing::parse(const std::vector<SecretString>& keys) {
    if (keys.empty())
        return failure(Errc::invalid_request, "There is no master key; make one with `openssl rand -hex 32`.");
    auto ring = std::make_shared<std::vector<MasterKey>>();
    for (const auto& digits : keys) {
        const auto position = ring->size() + 1;
        if (digits.reveal().size() != digits_of_key)
            return refuse(position, "has not exactly 64 hex digits");
        auto decoded = crypto::from_hex(digits.reveal());
        if (!decoded)
            return refuse(position, "holds something else than hex digits");
        const SecretString bytes(std::move(*decoded));
        if (is_trivial(digits.reveal()))
            return refuse(position, "is one digit repeated");
        ring->push_back(make_master_key(bytes));
    }
    KeyRing parsed;
    parsed.keys_ = std::move(ring);
    return parsed;
}

const KeyRing::MasterKey* KeyRing::find(std::string_view id) const noexcept {
    const auto found = std::ranges::find(*keys_, id, &MasterKey::id);
    return found == keys_->end() ? nullptr : &*found;
}

std::vector<std::string> KeyRing::ids() const {
    std::vector<std::string> ids;
    for (const auto& master : *keys_)
        ids.push_back(master.id);
    return ids;
}

crypto::AeadKey KeyRing::derive(std::string_view purpose) const {
    return derive_from(primary(), purpose);
}

std::vector<crypto::AeadKey> KeyRing::derive_all(std::string_view purpose) const {
    std::vector<crypto::AeadKey> derived;
    derived.reserve(keys_->size());
    for (const auto& master : *keys_)
        derived.push_back(derive_from(master, purpose));
    return derived;
}

}  // namespace evergrant::storage
