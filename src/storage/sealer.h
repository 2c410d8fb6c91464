#pragma once
//
// Sealing of the store's secret values: envelope encryption under a data key of the tenant, data keys under the master
// key. A sealed value names its key and opens only in its own place. Engine-independent; engines keep the data keys.
//
#include "base/error.h"
#include "base/secret.h"
#include "crypto/aead.h"
#include "crypto/random.h"
#include "storage/recent_map.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::storage {

/// The master keys: decrypt with any, encrypt with the first. Immutable; shared by all threads.
class KeyRing {
public:
    /// `keys` are 64 hex digits each. Errors: invalid_request if there is none, or one is malformed or trivial (all one
    /// digit).
    [[nodiscard]] static Result<KeyRing> parse(const std::vector<SecretString>& keys);

    struct MasterKey {
        std::string id;  ///< first 8 hex digits of HKDF(key, "evergrant key id")
        crypto::AeadKey key;
    };
    [[nodiscard]] const MasterKey& primary() const noexcept { return keys_->front(); }
    [[nodiscard]] const MasterKey* find(std::string_view id) const noexcept;
    /// The first encrypts.
    [[nodiscard]] std::vector<std::string> ids() const;

    /// A key derived for one purpose from the primary master key (rescue journal).
    [[nodiscard]] crypto::AeadKey derive(std::string_view purpose) const;
    /// The same purpose under every key of the ring, primary first; for opening what an older one sealed.
    [[nodiscard]] std::vector<crypto::AeadKey> derive_all(std::string_view purpose) const;

private:
    std::shared_ptr<const std::vector<MasterKey>> keys_;
};

/// Where a value lives; a value sealed for one place does not open in another.
struct SealedPlace {
    std::string_view tenant;       ///< empty: the deployment
    std::string_view integration;  ///< or provider, for app credentials; or state hash
    std::string_view field;
    std::uint64_t generation{0};
};

/// A data key as an engine stores it.
struct WrappedDataKey {
    std::uint64_t id{0};
    std::string tenant;
    std::string master_key_id;
    std::string wrapped;              ///< sealed by the master key; bound to id and tenant
    std::uint64_t seals_reserved{0};  ///< how many encryptions were granted so far; never fewer than made
};

/// How a Sealer reaches the engine's table of data keys; called on the engine's own threads, inside its transaction.
class DataKeyTable {
public:
    virtual ~DataKeyTable() = default;
    /// The newest key of a tenant, if it has any.
    virtual std::optional<WrappedDataKey> newest(std::string_view tenant) = 0;
    virtual std::optional<WrappedDataKey> find(std::uint64_t id) = 0;
    /// Stores it under a new id; `wrap` makes the wrapped key once the id is known.
    virtual WrappedDataKey insert(std::string_view tenant, std::string_view master_key_id,
                                  const std::function<std::string(std::uint64_t id)>& wrap) = 0;
    virtual void reserve_seals(std::uint64_t id, std::uint64_t total) = 0;
};

/// Thread-safe.
class Sealer {
public:
    /// `most_keys`: so many unwrapped keys at least are remembered, and no more than twice as many; > 0.
    Sealer(KeyRing ring, crypto::Random& random, std::size_t most_keys = default_most_keys);

    /// version ‖ data key id ‖ nonce ‖ ciphertext ‖ tag. Makes the tenant's data key if it has none, and a new one when
    /// the old has sealed `seals_per_key` values. Throws what `table` throws, and std::runtime_error if the tenant's
    /// key does not open: sealing under a new one would hide that the master key is the wrong one.
    [[nodiscard]] std::string seal(DataKeyTable& table, const SealedPlace& place, std::string_view plaintext);

    /// Errors: internal_error "A sealed value does not open." for every cause: swapped, changed, cut, wrong key.
    [[nodiscard]] Result<SecretString> open(DataKeyTable& table, const SealedPlace& place, std::string_view box);

    /// A new data key of the tenant under `id`, wrapped, for an engine that stores a key before anything is sealed
    /// under it.
    [[nodiscard]] WrappedDataKey make_data_key(std::uint64_t id, std::string_view tenant) const;

    /// The same data key under the first master key. Nothing if it does not open.
    [[nodiscard]] std::optional<WrappedDataKey> rewrapped(WrappedDataKey stored) const;
    /// The id of the master key that encrypts.
    [[nodiscard]] const std::string& first_master_key() const noexcept { return ring_.primary().id; }

    /// The id of the data key that a box is sealed under; nothing for what is no box.
    [[nodiscard]] static std::optional<std::uint64_t> data_key_of(std::string_view box) noexcept;

    /// Forgets the unwrapped keys of a tenant that was removed, or of a transaction that was rolled back.
    void forget(std::string_view tenant);

    static constexpr std::size_t default_most_keys = 100'000;
    static constexpr std::uint64_t seals_per_key = std::uint64_t{1} << 30;
    static constexpr std::uint64_t seals_per_reservation = 1024;  ///< granted at once, before they are made

private:
    struct DataKey;
    struct NamedKey {
        std::uint64_t id;
        std::shared_ptr<DataKey> key;
    };

    NamedKey key_for_sealing(DataKeyTable& table, std::string_view tenant);
    NamedKey make_key(DataKeyTable& table, std::string_view tenant);
    bool take_seal(DataKeyTable& table, const WrappedDataKey& stored, DataKey& key);
    std::shared_ptr<DataKey> key_for_opening(DataKeyTable& table, std::uint64_t id);
    std::shared_ptr<DataKey> unwrapped(const WrappedDataKey& stored, std::uint64_t asked_at);
    std::uint64_t forgotten();
    std::optional<crypto::AeadKey> unwrap(const WrappedDataKey& stored) const;
    std::string wrap(const crypto::AeadKey& key, std::uint64_t id, std::string_view tenant) const;

    KeyRing ring_;
    crypto::Random& random_;
    std::mutex mutex_;  ///< of the two below; no lock is held while the table is asked
    RecentMap<std::uint64_t, std::shared_ptr<DataKey>> by_id_;
    std::uint64_t forgotten_{0};  ///< calls of forget
};

}  // namespace evergrant::storage
