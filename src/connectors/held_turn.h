#pragma once
//
// Held turn: a turn of the store (storage/turns.h) while a desk does what only one may do at a time, over all shards
// and replicas.
//
#include "async/deadline.h"
#include "async/shard.h"
#include "crypto/random.h"
#include "storage/store.h"
#include "storage/turns.h"

#include <initializer_list>
#include <string>
#include <string_view>

namespace evergrant::connectors {

/// Ended however its owner ends. One whose outcome is not known is left to its time: what was made may not be found
/// before. Thread: the shard's. Lifetime: shard, store and random outlive it.
class HeldTurn {
public:
    HeldTurn(async::Shard& shard, storage::Store& store, crypto::Random& random);
    HeldTurn(HeldTurn&& other) noexcept;
    HeldTurn& operator=(HeldTurn&&) = delete;
    ~HeldTurn();

    /// A hash: the store is not told what it is about.
    [[nodiscard]] static std::string name_of(std::initializer_list<std::string_view> parts);

    /// Waits until it is nobody else's. Errors: overloaded: others have it until the deadline; the store's.
    [[nodiscard]] async::Task<Result<void>> take(std::string name, async::Deadline deadline);

    [[nodiscard]] bool is_held() const noexcept { return held_; }
    void outcome_is_known(bool known) noexcept { held_ = known; }
    /// `record_id`: what was made; empty: nothing that is to be remembered.
    async::Task<void> end(std::string record_id);
    /// What was made in it some minutes ago; empty: nothing is remembered.
    [[nodiscard]] const std::string& known() const noexcept { return known_; }

private:
    async::Shard* shard_;
    storage::TurnStore* store_;
    crypto::Random* random_;
    std::string owner_;
    std::string name_;
    std::string known_;
    bool held_{false};
};

}  // namespace evergrant::connectors
