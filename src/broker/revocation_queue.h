#pragma once
//
// RevocationQueue: asks providers again for what they have not revoked yet. Every replica has one; they share the work
// by claims in the store, so that a replica that dies leaves its own to the others. One for the process.
//
#include "async/shard.h"
#include "broker/revoker.h"
#include "crypto/random.h"
#include "storage/revocations.h"

namespace evergrant::broker {

/// Lifetime: outlives the shard's drain. Thread: the shard's.
class RevocationQueue {
public:
    struct Parts {
        async::Shard& shard;
        storage::RevocationStore& revocations;
        Revoker& revoker;  ///< the shard's
        crypto::Random& random;
        RevocationTimes times{};
    };

    explicit RevocationQueue(Parts parts) : parts_(parts) {}

    /// Begins; ends with the shard's drain.
    void start();

private:
    async::Task<void> keep_asking();

    Parts parts_;
};

}  // namespace evergrant::broker
