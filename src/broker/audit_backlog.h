#pragma once
//
// AuditBacklog: events that wait to be written, first in first out, packed: some 100 bytes each where an AuditEvent
// takes 400, and whole blocks are given back as they empty. Not thread-safe.
//
#include "storage/audit.h"

#include <cstddef>
#include <deque>
#include <string>
#include <vector>

namespace evergrant::broker {

class AuditBacklog {
public:
    /// `event` is tidy: no text is longer than 65,535 bytes.
    void push(const storage::AuditEvent& event);

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// The first `most`, which stay.
    [[nodiscard]] std::vector<storage::AuditEvent> first(std::size_t most) const;
    /// Lets go of the first `count`; there are as many.
    void drop(std::size_t count);

private:
    struct Block {
        std::string bytes;
        std::size_t events{0};  ///< that are in it still
        std::size_t next{0};    ///< where the first of them begins
    };
    std::deque<Block> blocks_;
    std::size_t size_{0};
};

}  // namespace evergrant::broker
