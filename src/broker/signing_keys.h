#pragma once
//
// Signing keys: what we prove ourselves with at providers (private_key_jwt, RFC 7523), published for them as a JWK set.
// A new key is published before it signs, and an old one goes on being published after it has signed last: whoever
// fetches the set now and then never meets a signature that he cannot verify. Shared by all shards. Thread: any.
//
#include "async/blocking_pool.h"
#include "async/task.h"
#include "base/clock.h"
#include "base/error.h"
#include "broker/known_keys.h"
#include "crypto/jwt_signer.h"
#include "storage/signing_keys.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::broker {

/// A signing key without its private half.
struct SigningKeyReport {
    std::string id;
    std::string algorithm;
    std::string_view state;  ///< "published": signs later; "signing"; "retired": still published; "gone"
    Instant created_at;
    Instant signs_from;
    std::optional<Instant> signs_until;
    std::optional<Instant> published_until;
};

class SigningKeys {
public:
    /// How long what the store has said is good for, unless this replica hears of a change.
    static constexpr std::chrono::seconds good_for{30};
    /// How long whoever fetched the set may keep it (Cache-Control).
    static constexpr std::chrono::seconds set_life{900};
    /// Between a rotation and the new key's first signature, and between the old key's last and its end: time for
    /// providers to fetch the set.
    static constexpr std::chrono::hours default_overlap{24};
    static constexpr std::size_t most_keys = 50;

    struct Parts {
        storage::SigningKeyStore& store;
        const KeyRevision& revision;
        const Clock& clock;
        async::BlockingPool& pool;          ///< makes keys, which takes an RSA key a while
        std::function<void()> tell_change;  ///< to all who remember keys, here and elsewhere
    };

    explicit SigningKeys(Parts parts) : parts_(std::move(parts)) {}

    /// What signs now: the key of that id, or with an empty id the oldest of that algorithm: one that is made or
    /// brought later takes over when the one before has ended, and else signs where it is asked for by its id. Errors:
    /// missing_app_credentials, saying how to make one; store_unavailable if nothing is known yet.
    [[nodiscard]] async::Task<Result<std::shared_ptr<const crypto::JwtSigner>>> signer(std::string algorithm,
                                                                                       std::string key_id);

    /// The JWK set (RFC 7517) of all keys that are published. Errors: store_unavailable if nothing is known yet.
    [[nodiscard]] async::Task<Result<std::string>> published();

    [[nodiscard]] async::Task<Result<std::vector<SigningKeyReport>>> list();
    /// A new key that may sign at once. Errors: invalid_request; conflict: there are too many.
    [[nodiscard]] async::Task<Result<SigningKeyReport>> create(std::string algorithm);
    /// The same with a key made elsewhere. Errors: as above; conflict also if it is there.
    [[nodiscard]] async::Task<Result<SigningKeyReport>> import(SecretString private_key, std::string algorithm);
    /// A new key, published at once, that takes over after `overlap` from the one that signs with `algorithm`, which is
    /// published for as long after that. `replaced_id`: which of several; empty: there is one. Errors: invalid_request:
    /// unknown algorithm, none to replace or several, or an overlap of more than 90 days; conflict.
    [[nodiscard]] async::Task<Result<SigningKeyReport>> rotate(std::string algorithm, std::chrono::seconds overlap,
                                                               std::string replaced_id = {});
    /// At once, without an overlap: for a key that is in wrong hands. Errors: not_found.
    [[nodiscard]] async::Task<Result<void>> remove(std::string id);

private:
    struct Key {
        storage::SigningKey stored;  // its private key is in the signer alone
        std::shared_ptr<const crypto::JwtSigner> signer;
    };
    struct Ring {
        std::vector<Key> keys;
        std::uint64_t revision{0};
        std::chrono::milliseconds asked_at{0};
    };
    using SharedRing = std::shared_ptr<const Ring>;

    async::Task<Result<SharedRing>> ring();
    [[nodiscard]] SharedRing known() const;
    [[nodiscard]] bool is_fresh(const SharedRing& ring) const;
    async::Task<Result<crypto::JwtSigner>> generate(std::string algorithm);
    async::Task<Result<SigningKeyReport>> add(Result<crypto::JwtSigner> made, Instant signs_from,
                                              std::optional<storage::SigningHandover> handover);
    [[nodiscard]] SigningKeyReport report(const storage::SigningKey& key) const;

    Parts parts_;
    mutable std::mutex mutex_;  // of the next
    SharedRing known_;
};

}  // namespace evergrant::broker
