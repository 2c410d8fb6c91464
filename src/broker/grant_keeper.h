#pragma once
//
// GrantKeeper: writes a grant that was just obtained, patiently. A grant that nobody holds but a provider would be
// alive unseen: what the store does not take in time is revoked. One for each shard.
//
#include "broker/revoker.h"
#include "catalog/catalog.h"
#include "storage/store.h"

#include <chrono>

namespace evergrant::broker {

/// The grant as what is revoked: key, provider, parameters and tokens.
[[nodiscard]] storage::Connection connection_of(storage::NewGrant grant);

class GrantKeeper {
public:
    struct Parts {
        storage::Store& store;
        const catalog::Catalog& catalog;
        Revoker& revoker;
        std::chrono::milliseconds patience{5'000};  ///< how long a store is asked that does not answer
    };

    explicit GrantKeeper(Parts parts) : parts_(std::move(parts)) {}

    /// `first`: no grant stood under the key before. On giving up the new one is revoked unless that may end one that
    /// stood there too (Provider::revocation_ends). Errors: the store's last.
    [[nodiscard]] async::Task<Result<storage::Connection>> keep(storage::NewGrant grant, bool first);

    /// Ends a grant that is not wanted after all, by the same rule. False: it may not be, and is left to expire.
    bool discard(storage::NewGrant grant, bool first);

private:
    void give_up(storage::NewGrant grant, bool first, const Error& error);

    Parts parts_;
};

}  // namespace evergrant::broker
