#include "broker/grant_keeper.h"

#include "async/sleep.h"
#include "base/log.h"

#include <algorithm>
#include <utility>

namespace evergrant::broker {

namespace {

constexpr async::Backoff between_tries{.first = std::chrono::milliseconds(50), .cap = std::chrono::seconds(1)};

}  // namespace

storage::Connection connection_of(storage::NewGrant grant) {
    storage::Connection connection;
    connection.summary.key = std::move(grant.key);
    connection.summary.provider = std::move(grant.provider);
    connection.params = std::move(grant.params);
    connection.tokens = std::move(grant.tokens);
    return connection;
}

async::Task<Result<storage::Connection>> GrantKeeper::keep(storage::NewGrant grant, bool first) {
    constexpr double even_pauses = 1.0;
    const auto deadline = async::Deadline::after(parts_.patience);
    for (unsigned attempt = 0;; ++attempt) {
        // Written twice, if an answer was lost, it is the same grant with another generation.
        auto saved = co_await parts_.store.save_grant(grant.clone());
        if (saved)
            co_return saved;
        if (!traits_of(saved.error().code).retryable || deadline.passed()) {
            give_up(std::move(grant), first, saved.error());
            co_return saved;
        }
        const async::Deadline::clock::duration pause = between_tries.pause(attempt, even_pauses);
        co_await async::sleep_for(std::min(pause, deadline.left()));
    }
}

bool GrantKeeper::discard(storage::NewGrant grant, bool first) {
    const catalog::Provider* provider = parts_.catalog.find(grant.provider);
    const bool ends_alone =
        first || (provider != nullptr && provider->revocation_ends == catalog::RevocationEnds::token);
    if (ends_alone)
        parts_.revoker.revoke_orphan(connection_of(std::move(grant)));
    return ends_alone;
}

void GrantKeeper::give_up(storage::NewGrant grant, bool first, const Error& error) {
    const std::string tenant = grant.key.tenant.str();
    const std::string integration = grant.key.integration.str();
    const std::string provider = grant.provider.str();
    const bool revoking = discard(std::move(grant), first);
    log(LogLevel::error, "grant_not_kept",
        {{"tenant", tenant},
         {"integration", integration},
         {"provider", provider},
         {"error", error.message},
         {"revoking", revoking}});
}

}  // namespace evergrant::broker
