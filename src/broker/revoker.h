#pragma once
//
// Revoker: ends a grant here at once, and at the provider where that is possible. What is said to have happened did.
// What a provider does not revoke at once stands in the store and is asked for again, by one replica at a time, until
// it is done or days are over (broker/revocation_queue.h). Row C11 of docs/security.md. One for each shard.
//
#include "async/shard.h"
#include "async/sleep.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "broker/app_clients.h"
#include "broker/budgets.h"
#include "broker/provider_calls.h"
#include "broker/provider_rests.h"
#include "broker/token_vendor.h"
#include "catalog/catalog.h"
#include "crypto/random.h"
#include "storage/revocations.h"
#include "storage/store.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace evergrant::broker {

enum class RevokedAtProvider : std::uint8_t { yes, no, unsupported };

struct Revoked {
    RevokedAtProvider at_provider{RevokedAtProvider::unsupported};
    ProviderId provider;
    std::string message;  ///< one sentence for a person
};

struct RevocationTimes {
    std::chrono::milliseconds look_for_due{1'000};  ///< give or take a quarter
    async::Backoff between{.first = std::chrono::seconds(2), .cap = std::chrono::minutes(15)};  ///< tries, at least
    std::chrono::hours given_up_after{72};
};

class Revoker {
public:
    struct Parts {
        async::Shard& shard;
        storage::RevocationStore& revocations;
        const catalog::Catalog& catalog;
        const AppClients& clients;
        ProviderCalls& calls;
        Budgets& budgets;
        TokenVendors& vendors;
        const Clock& clock;
        crypto::Random& random;
        Metrics& metrics;
        std::chrono::milliseconds provider_timeout{20'000};
        RevocationTimes times{};
    };

    explicit Revoker(Parts parts) : parts_(std::move(parts)) {}

    /// Removes the connection, then revokes its refresh token (else its access token). The local tokens are gone even
    /// if the provider fails; then it is asked again, also by the next process. Errors: no_connection,
    /// store_unavailable.
    [[nodiscard]] async::Task<Result<Revoked>> revoke(ConnectionKey key);

    /// Revokes in the background what a new grant has replaced, if the provider has both and the new one survives it.
    void revoke_replaced(storage::Connection replaced, const storage::Connection& by);

    /// Revokes in the background a grant that stands nowhere: it was removed here while it was being refreshed, or the
    /// store did not take it.
    void revoke_orphan(storage::Connection orphan);

    /// Notes that a grant which waits for a yes is to be revoked once `after` is over, whatever becomes of this
    /// process. Its id takes it back. Errors: store_unavailable.
    [[nodiscard]] async::Task<Result<std::uint64_t>> revoke_unless_taken_back(storage::Connection waiting,
                                                                              std::chrono::milliseconds after);
    /// False: it was too late. Errors: store_unavailable.
    [[nodiscard]] async::Task<Result<bool>> take_back(std::uint64_t id);

    /// Asks the provider once more, and notes what came of it.
    [[nodiscard]] async::Task<void> ask_again(storage::PendingRevocation pending);

    /// For how long a revocation is this replica's own: longer than asking takes.
    [[nodiscard]] std::chrono::milliseconds claim() const noexcept;

private:
    /// What asking a provider came to.
    struct Attempt {
        RevokedAtProvider at_provider{RevokedAtProvider::unsupported};
        std::string_view message;
        std::optional<std::chrono::seconds> retry_after{};
    };
    struct Asking {
        const catalog::Provider* provider{nullptr};
        catalog::Endpoints endpoints;
        AppClient client;
        oauth::ClientRegistration shown;  ///< to the provider, this once
    };
    [[nodiscard]] bool may_revoke_replaced(const storage::Connection& replaced, const storage::Connection& by) const;
    async::Task<Attempt> ask(storage::Connection* connection);
    async::Task<std::optional<Attempt>> prepare(storage::Connection* connection, Asking* asking,
                                                async::Deadline deadline);
    async::Task<Attempt> send(storage::Connection* connection, Asking* asking, async::Deadline deadline);
    async::Task<void> note(storage::PendingRevocation* pending, Attempt attempt);
    void count(const storage::Connection& connection, std::string_view outcome);
    void give_up(const storage::Connection& connection);
    void revoke_in_the_background(storage::Connection gone);
    async::Task<void> revoke_what_stands_nowhere(std::shared_ptr<storage::Connection> gone);
    void try_again_later(std::shared_ptr<storage::Connection> gone);
    async::Task<void> try_again(std::shared_ptr<storage::Connection> gone);
    async::Task<bool> hand_over_or_ask(storage::Connection* gone);

    Parts parts_;
    ProviderRests rests_;
};

}  // namespace evergrant::broker
