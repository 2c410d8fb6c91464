#include "base/process_figures.h"

#include <sys/resource.h>
#include <unistd.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace evergrant {

namespace {

std::uint64_t resident_bytes() {
    std::ifstream file("/proc/self/statm");
    std::uint64_t total_pages = 0;
    std::uint64_t resident_pages = 0;
    file >> total_pages >> resident_pages;
    return resident_pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::uint64_t open_files() {
    std::error_code error;
    const std::filesystem::directory_iterator listing("/proc/self/fd", error);
    if (error)
        return 0;
    return static_cast<std::uint64_t>(std::distance(begin(listing), end(listing))) - 1;  // less the listing itself
}

double boot_time_seconds() {
    std::ifstream file("/proc/stat");
    for (std::string word; file >> word;) {
        double value = 0;
        if (word == "btime" && file >> value)
            return value;
    }
    return 0;
}

double start_time_seconds() {
    std::ifstream file("/proc/self/stat");
    std::string line;
    std::getline(file, line);
    // Field 22 is the start in ticks since boot; field 2, the name, is in parentheses and may hold anything.
    const std::size_t name_end = line.rfind(')');
    if (name_end == std::string::npos)
        return 0;
    std::istringstream fields(line.substr(name_end + 1));
    std::string field;
    for (int number = 3; number <= 22; ++number)
        fields >> field;
    return boot_time_seconds() + std::stod(field) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace

ProcessFigures read_process_figures() {
    static const double started = start_time_seconds();
    return {.resident_bytes = resident_bytes(),
            .cpu_seconds = cpu_seconds(),
            .open_files = open_files(),
            .start_time_seconds = started};
}

}  // namespace evergrant
