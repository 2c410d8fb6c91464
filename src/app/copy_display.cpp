#include "app/copy_display.h"

#include <algorithm>
#include <ostream>

namespace evergrant::app {

namespace {

using storage::ContentKind;
using storage::CopyProgress;

constexpr std::uint64_t steps_of_bar = 30;
constexpr std::uint64_t steps_of_lines = 10;

std::string_view verb_of(const CopyProgress& progress) {
    return progress.phase == CopyProgress::Phase::copying ? "copied" : "checked";
}

/// How many of `steps` are behind us.
std::uint64_t share_of(const CopyProgress& progress, std::uint64_t steps) {
    return progress.total == 0 ? steps : std::min(steps, progress.done * steps / progress.total);
}

bool is_over(const CopyProgress& progress) {
    return progress.done >= progress.total;
}

}  // namespace

void CopyDisplay::show(const CopyProgress& progress) {
    if (progress.total == 0 || progress.kind == ContentKind::generation_floor)
        return;
    if (on_terminal_)
        show_bar(progress);
    else
        show_line(progress);
}

void CopyDisplay::show_bar(const CopyProgress& progress) {
    const std::uint64_t full = share_of(progress, steps_of_bar);
    out_ << "\r[" << std::string(full, '#') << std::string(steps_of_bar - full, ' ') << "] " << verb_of(progress) << ' '
         << progress.done << " of " << progress.total << ' ' << name_of(progress.kind)
         << (is_over(progress) ? "\n" : "") << std::flush;
}

void CopyDisplay::show_line(const CopyProgress& progress) {
    const std::uint64_t tenths = share_of(progress, steps_of_lines);
    if (tenths == tenths_shown_ && !is_over(progress))
        return;
    tenths_shown_ = is_over(progress) ? 0 : tenths;
    out_ << verb_of(progress) << ' ' << progress.done << " of " << progress.total << ' ' << name_of(progress.kind)
         << std::endl;
}

std::string in_words(const storage::ContentCounts& counts) {
    std::string words;
    for (std::size_t index = 0; index < counts.size(); ++index) {
        const auto kind = static_cast<ContentKind>(index);
        if (counts[index] == 0 || kind == ContentKind::generation_floor)
            continue;
        words += words.empty() ? "" : ", ";
        words += std::to_string(counts[index]) + " " + std::string(name_of(kind));
    }
    return words.empty() ? "nothing" : words;
}

}  // namespace evergrant::app
