#pragma once
//
// Revoker: ends a grant here at once, and at the provider where that is possible. What is said to have happened did.
// Row C11 of docs/security.md. One for each shard.
//
#include "async/shard.h"
#include "base/clock.h"
#include "broker/app_clients.h"
#include "broker/provider_calls.h"
#include "broker/token_vendor.h"
#include "catalog/catalog.h"
#include "storage/store.h"

#include <chrono>
#include <string>
#include <string_view>

namespace evergrant::broker {

enum class RevokedAtProvider : std::uint8_t { yes, no, unsupported };

struct Revoked {
    RevokedAtProvider at_provider{RevokedAtProvider::unsupported};
    ProviderId provider;
    std::string message;  ///< one sentence for a person
};

class Revoker {
public:
    struct Parts {
        async::Shard& shard;
        storage::Store& store;
        const catalog::Catalog& catalog;
        const AppClients& clients;
        ProviderCalls& calls;
        TokenVendors& vendors;
        std::chrono::milliseconds provider_timeout{20'000};
    };

    explicit Revoker(Parts parts) : parts_(std::move(parts)) {}

    /// Removes the connection, then revokes its refresh token (else its access token). The local tokens are gone even
    /// if the provider fails; it is then tried again a few times in the background. Errors: no_connection,
    /// store_unavailable.
    [[nodiscard]] async::Task<Result<Revoked>> revoke(ConnectionKey key);

    /// Revokes in the background what a new grant has replaced, if the provider has both and the new one survives it.
    void revoke_replaced(storage::Connection replaced, const storage::Connection& by);

    /// Revokes in the background a grant that was removed here while it was being refreshed.
    void revoke_orphan(storage::Connection orphan);

private:
    void revoke_in_the_background(storage::Connection gone);
    [[nodiscard]] bool may_revoke_replaced(const storage::Connection& replaced, const storage::Connection& by) const;
    async::Task<Revoked> revoke_at_provider(storage::Connection* connection);
    async::Task<void> revoke_at_once(std::shared_ptr<storage::Connection> connection);
    void try_again_later(std::shared_ptr<storage::Connection> connection);
    async::Task<void> revoke_after_a_pause(std::shared_ptr<storage::Connection> connection);

    Parts parts_;
};

}  // namespace evergrant::broker
