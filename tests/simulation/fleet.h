#pragma once
//
// The fleet: several replicas, the store they share, the provider, and the network between them with its faults.
//
#include "catalog/provider.h"
#include "ledger_provider.h"
#include "model_store.h"
#include "world.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace evergrant::simulation {

class Replica;

/// How badly the network behaves; probabilities of one message.
struct Weather {
    double request_lost{0};
    double reply_lost{0};
    double slow{0};
    double provider_fails{0};
    double disk_full{0};
    double news_lost{0.3};
};

class Fleet {
public:
    Fleet(World& world, Rotation rotation, Time grace, std::size_t replicas, std::size_t grants);
    ~Fleet();

    [[nodiscard]] Instant store_time() const { return epoch + world.now() + store_offset; }
    [[nodiscard]] ConnectionKey key_of(std::size_t grant) const;
    /// What the catalogue says of the provider.
    [[nodiscard]] catalog::RefreshPolicy catalogue_entry() const;

    /// A message's time on the way to the store or the provider.
    [[nodiscard]] Time transit();

    void publish(std::size_t from, std::size_t grant);
    /// The store cannot be reached by anybody.
    void store_away_for(Time how_long);

    /// What must hold when all faults have been over for long. Throws Violation.
    void judge() const;

    static constexpr Instant epoch{std::chrono::milliseconds(1'800'000'000'000)};

    World& world;
    Rotation rotation;
    Time grace;
    Weather weather;
    Time store_offset{0};
    unsigned store_away{0};
    Time last_refreshes_begin{Time::max()};  ///< so that the judge finds none half done
    ModelStore store;
    LedgerProvider provider;
    std::vector<std::unique_ptr<Replica>> replicas;
    std::size_t grants;

private:
    void judge_loss(std::size_t grant, const storage::Connection& row) const;
    void judge_strict_loss(std::size_t grant, const storage::Connection& row) const;
};

}  // namespace evergrant::simulation
