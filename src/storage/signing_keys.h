#pragma once
//
// SigningKeyStore: the keys that sign what we prove ourselves with at providers, shared by all replicas. Every engine's
// Store is one of these too. What a key is for and when it is used is decided by who asks (broker/signing_keys.h).
//
// Errors and the rest as in store.h.
//
#include "storage/store.h"

#include <optional>
#include <string>
#include <vector>

namespace evergrant::storage {

struct SigningKey {
    std::string id;            ///< the public key's thumbprint (RFC 7638)
    std::string algorithm;     ///< as RFC 7518 names it
    SecretString private_key;  ///< PEM; sealed at rest
    Instant created_at;
    Instant signs_from;
    std::optional<Instant> signs_until;      ///< from then on another signs; nothing: not foreseen
    std::optional<Instant> published_until;  ///< from then on nobody is told of it; nothing: not foreseen

    [[nodiscard]] SigningKey clone() const {
        return {id, algorithm, private_key.clone(), created_at, signs_from, signs_until, published_until};
    }
};

/// When the key that a new one replaces stops to sign, and to be published.
struct SigningHandover {
    std::string replaced;  ///< its id
    Instant signs_until;
    Instant published_until;
};

class SigningKeyStore {
public:
    virtual ~SigningKeyStore() = default;

    /// All, the oldest first.
    virtual Task<Result<std::vector<SigningKey>>> list_signing_keys() = 0;
    /// Adds it, ends another as `handover` says unless its end is told already, and
    /// forgets those that nobody was told of any more when `key` was
    /// created, in one change. Errors: conflict if it is there.
    virtual Task<Result<void>> add_signing_key(SigningKey key, std::optional<SigningHandover> handover) = 0;
    /// False: there is none.
    virtual Task<Result<bool>> remove_signing_key(std::string id) = 0;
};

/// Throws std::logic_error if the store keeps none: a test's own.
[[nodiscard]] SigningKeyStore& signing_keys_of(Store& store);

}  // namespace evergrant::storage
