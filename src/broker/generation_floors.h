#pragma once
//
// Generation floors: the least generation of a connection that may still be believed, remembered for as long as an
// older one may come along: from a shared copy, or from a look at the store that began too early. No clock: steady
// times come in. One shard's.
//
#include "base/ids.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>

namespace evergrant::broker {

class GenerationFloors {
public:
    /// Holds at most `capacity`; see `whole_since`.
    explicit GenerationFloors(std::chrono::milliseconds life, std::size_t capacity = 100'000)
        : life_(life), capacity_(capacity) {}

    /// From now on nothing below `generation` is to be believed of this connection.
    void raise(const ConnectionKey& key, std::uint64_t generation, std::chrono::milliseconds now);

    /// 0: nothing is known.
    [[nodiscard]] std::uint64_t of(const ConnectionKey& key) const;

    /// Since when all floors are remembered. More than fit in at a time are all forgotten: then what is older than this
    /// is not to be believed of anybody.
    [[nodiscard]] std::chrono::milliseconds whole_since() const noexcept { return whole_since_; }

    [[nodiscard]] std::size_t size() const noexcept { return floors_.size(); }

private:
    struct Floor {
        std::uint64_t generation{0};
        std::chrono::milliseconds raised_at{0};
    };
    struct Raised {
        std::chrono::milliseconds at{0};
        ConnectionKey key;
    };
    void forget_old(std::chrono::milliseconds now);

    std::chrono::milliseconds life_;
    std::size_t capacity_;
    std::unordered_map<ConnectionKey, Floor> floors_;
    std::deque<Raised> in_order_;
    std::chrono::milliseconds whole_since_{std::chrono::milliseconds::min()};
};

}  // namespace evergrant::broker
