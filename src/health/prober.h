#pragma once
//
// Prober: makes the cheap read that a provider's entry names (`health_probe`) with the access token of a connection,
// and says what the answer means. Writes nothing. Bounded by the provider's budgets and by a circuit of its own: an
// API that is away keeps nobody from the token endpoint. One for each shard.
//
#include "base/clock.h"
#include "base/metrics.h"
#include "broker/broker.h"
#include "catalog/catalog.h"
#include "storage/store.h"

#include <chrono>
#include <optional>
#include <string>

namespace evergrant::health {

struct Probed {
    enum class Answer : std::uint8_t {
        works,     ///< 2xx
        refused,   ///< 401: the token is worth nothing
        unclear,   ///< anything else: no reason to think the grant dead
        not_made,  ///< the provider bears no more for now, or there is nothing left to probe
    };
    Answer answer{Answer::not_made};
    storage::Generation generation{0};           ///< whose token it was
    std::string error{};                         ///< one sentence; of `unclear`
    std::optional<std::chrono::seconds> wait{};  ///< how long the provider asked to be left alone
};

class Prober {
public:
    struct Parts {
        storage::Store& store;
        const catalog::Catalog& catalog;
        const broker::AppClients& clients;
        broker::BrokerShard& broker;
        const Clock& clock;
        Metrics& metrics;
        std::chrono::milliseconds provider_timeout{20'000};
    };

    explicit Prober(Parts parts) : parts_(parts) {}

    /// A token that is about to end is renewed first; if that fails nothing is probed, for its failure is on record.
    /// Errors: store_unavailable.
    [[nodiscard]] async::Task<Result<Probed>> probe(ConnectionKey key);

private:
    async::Task<Result<std::optional<storage::Connection>>> with_living_token(ConnectionKey key);
    async::Task<std::optional<std::chrono::seconds>> over_budget(const catalog::Provider* provider, ConnectionKey key);

    Parts parts_;
};

/// What an answer of this status means. Pure.
[[nodiscard]] Probed meaning_of(unsigned http_status);

}  // namespace evergrant::health
