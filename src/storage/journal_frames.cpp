#include "storage/journal_frames.h"

#include "storage/length_prefixed.h"

#include <algorithm>

namespace evergrant::storage {
namespace {

constexpr std::string_view mark = "EGR\x01";
constexpr unsigned length_size = 4;
constexpr std::size_t header_size = mark.size() + length_size;

/// The size of the record that `rest` begins with; 0 if it begins with none.
std::size_t size_of_frame(std::string_view rest) {
    if (rest.size() < header_size || !rest.starts_with(mark))
        return 0;
    const auto size = header_size + read_number(rest.substr(mark.size(), length_size));
    // A length is believed only if it leads to the next record or to the end.
    const bool fits = size == rest.size() || (size < rest.size() && rest.substr(size).starts_with(mark));
    return fits ? size : 0;
}

bool is_beginning_of_frame(std::string_view rest) {
    if (rest.size() <= mark.size())
        return mark.starts_with(rest);
    if (!rest.starts_with(mark))
        return false;
    return rest.size() < header_size || header_size + read_number(rest.substr(mark.size(), length_size)) > rest.size();
}

}  // namespace

std::string_view JournalPiece::box() const noexcept {
    return bytes.substr(std::min(bytes.size(), header_size));
}

std::string frame(std::string_view box) {
    std::string framed(mark);
    append_number(framed, box.size(), length_size);
    framed += box;
    return framed;
}

std::vector<JournalPiece> pieces_of(std::string_view file) {
    std::vector<JournalPiece> pieces;
    while (!file.empty()) {
        auto kind = JournalPiece::Kind::framed;
        auto size = size_of_frame(file);
        if (size == 0) {
            size = std::min(file.find(mark, 1), file.size());
            const bool torn = size == file.size() && is_beginning_of_frame(file);
            kind = torn ? JournalPiece::Kind::torn : JournalPiece::Kind::damaged;
        }
        pieces.push_back({.kind = kind, .bytes = file.substr(0, size)});
        file.remove_prefix(size);
    }
    return pieces;
}

}  // namespace evergrant::storage
