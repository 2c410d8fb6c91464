#pragma once
//
// Rejections: what applications report of tokens that a provider's API has refused. The token held is refreshed at
// once, once for each token however many report it, and seldom for each connection, so that an application whose own
// requests are wrong cannot spend the provider's budget. Belongs to the connection's home shard.
//
#include "async/shard.h"
#include "async/single_flight.h"
#include "base/clock.h"
#include "broker/rate_limit.h"
#include "health/examiner.h"

#include <unordered_map>

namespace evergrant::health {

class Rejections {
public:
    struct Parts {
        async::Shard& shard;
        Examiner& examiner;
        const Clock& clock;
    };

    explicit Rejections(Parts parts) : parts_(parts), flights_(parts.shard, "rejected-token") {}

    /// Afterwards a read gives another token, or says that the grant is dead. Everybody who reports meanwhile joins.
    /// Errors: rate_limited; provider_error: this token was reported before and could not be renewed then, which the
    /// scheduler goes on trying; those of Examiner::refused.
    [[nodiscard]] async::Task<Result<void>> reported(ConnectionKey key, storage::Generation generation);

private:
    struct Known {
        storage::Generation generation{0};  ///< reported last
        broker::TokenBucket bucket;
    };
    async::Task<Result<void>> treat(ConnectionKey key, storage::Generation generation);
    Result<void> admit(const ConnectionKey& key, storage::Generation generation);
    void forget_old();

    Parts parts_;
    async::SingleFlight<ConnectionKey, Result<void>> flights_;
    std::unordered_map<ConnectionKey, Known> known_;
};

}  // namespace evergrant::health
