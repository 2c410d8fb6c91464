#pragma once
//
// AuditTally: what happens too often for a row each (vends, refusals), counted: the same by the same from the same
// address is one event with a count. It grows with what is different, up to a bound; what it has seen before allocates
// nothing. One for each shard.
//
#include "base/clock.h"
#include "storage/audit.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::broker {

/// What is counted together, and of the first of them what cannot be: request id and detail.
struct AuditFields {
    std::string_view actor{};
    std::string_view role{};
    std::string_view action{};
    std::string_view tenant{};
    std::string_view integration{};
    std::string_view outcome{};
    std::string_view address{};
    std::string_view request_id{};
};

class AuditTally {
public:
    /// `most`: different events it can hold; a power of two.
    explicit AuditTally(std::size_t most = 16'384);

    /// False: there is no room for another kind of event; it is counted as lost.
    bool note(const AuditFields& fields, Instant now);

    /// More than half of what it may hold: time to take it out.
    [[nodiscard]] bool filling() const noexcept { return used_ > most_ / 2 || text_.size() > most_text_ / 2; }
    [[nodiscard]] bool empty() const noexcept { return used_ == 0 && lost_ == 0; }

    using Taker = std::function<void(storage::AuditEvent event, std::uint32_t count)>;
    /// Gives `taker` everything noted since the last call, in order, as events, and lets its memory go. A count above 1
    /// stands in the detail too.
    void take(const Taker& taker);
    /// How many were lost since the last call.
    [[nodiscard]] std::uint64_t take_lost() noexcept;

private:
    static constexpr std::size_t field_count = 8;
    struct Slot {
        std::uint64_t hash{0};  ///< 0: free
        std::uint32_t count{0};
        std::uint32_t text_at{0};
        std::uint16_t sizes[field_count]{};
        Instant first;
        Instant last;
    };
    [[nodiscard]] bool holds(const Slot& slot, const AuditFields& fields) const noexcept;
    bool add(const AuditFields& fields, std::uint64_t hash, Instant now);
    [[nodiscard]] Slot& free_slot(std::uint64_t hash) noexcept;
    void grow();
    [[nodiscard]] storage::AuditEvent event_of(const Slot& slot) const;

    std::size_t most_;
    std::size_t most_text_;
    std::vector<Slot> slots_;
    std::string text_;
    std::size_t used_{0};
    std::uint64_t lost_{0};
};

}  // namespace evergrant::broker
