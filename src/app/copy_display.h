#pragma once
//
// CopyDisplay: how far a copy is, as a bar that grows on a terminal and as a line now and then elsewhere.
//
#include "storage/copy.h"

#include <cstdint>
#include <iosfwd>

namespace evergrant::app {

class CopyDisplay {
public:
    CopyDisplay(std::ostream& out, bool on_terminal) : out_(out), on_terminal_(on_terminal) {}

    void show(const storage::CopyProgress& progress);

private:
    void show_bar(const storage::CopyProgress& progress);
    void show_line(const storage::CopyProgress& progress);

    std::ostream& out_;
    bool on_terminal_;
    std::uint64_t tenths_shown_{0};
};

/// `3 tenants, 2 API keys, 120 connections`; what there is none of is left out.
[[nodiscard]] std::string in_words(const storage::ContentCounts& counts);

}  // namespace evergrant::app
