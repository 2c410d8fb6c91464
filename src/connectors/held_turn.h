#pragma once
//
// A turn at what only one may do at a time over all replicas, such as writing one customer: taken, then settled however
// its owner ends. What turns are to the
// store is storage/turns.h's.
//
#include "async/deadline.h"
#include "async/shard.h"
#include "crypto/random.h"
#include "storage/turns.h"

#include <initializer_list>
#include <string>
#include <string_view>

namespace evergrant::connectors {

/// Thread: its shard's. Lifetime: what it is made with outlives it.
class HeldTurn {
public:
    HeldTurn(async::Shard& shard, storage::TurnStore& store, crypto::Random& random);
    HeldTurn(HeldTurn&& other) noexcept;
    HeldTurn& operator=(HeldTurn&&) = delete;
    ~HeldTurn();

    /// A name of these: a hash, for the store is not told what it is about.
    [[nodiscard]] static std::string name_of(std::initializer_list<std::string_view> parts);

    /// Waits for it. Errors: overloaded: others have it until the deadline.
    [[nodiscard]] async::Task<Result<void>> take(std::string name, async::Deadline deadline);

    /// What was made in it some minutes ago; empty: nothing is remembered.
    [[nodiscard]] const std::string& known() const noexcept { return known_; }

    /// From now on a record may have been made that no search finds yet.
    void outcome_is_unknown() noexcept { unknown_ = true; }
    void outcome_is_known() noexcept { unknown_ = false; }

    /// Ends it, and remembers what was made; empty: nothing. One whose outcome is unknown is nobody's for as long as
    /// what is made is remembered.
    [[nodiscard]] async::Task<void> settle(std::string record_id);

private:
    async::Shard* shard_;
    storage::TurnStore* store_;
    crypto::Random* random_;
    std::string owner_;
    std::string name_;
    std::string known_;
    bool held_{false};
    bool unknown_{false};
};

}  // namespace evergrant::connectors
