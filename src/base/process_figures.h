#pragma once
//
// What the operating system says of this process, for the metrics.
//
#include <cstdint>

namespace evergrant {

/// Figures that cannot be read are 0.
struct ProcessFigures {
    std::uint64_t resident_bytes{0};
    double cpu_seconds{0};  ///< user and system time of all threads
    std::uint64_t open_files{0};
    double start_time_seconds{0};  ///< since the Unix epoch
};

[[nodiscard]] ProcessFigures read_process_figures();

}  // namespace evergrant
