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
    return size <= rest.size() ? size : 0;
}

bool is_beginning_of_frame(std::string_view rest) {
    if (rest.size() <= mark.size())
        return mark.starts_with(rest);
    if (!rest.starts_with(mark))
        return false;
    return rest.size() < header_size || header_size + read_number(rest.substr(mark.size(), length_size)) > rest.size();
}

/// Where the next record might begin, behind the first byte of `rest`.
std::size_t next_mark(std::string_view rest) {
    return std::min(rest.find(mark, 1), rest.size());
}

/// Takes apart what stands between records that open, by what its frames say.
void add_unreadable(std::vector<JournalPiece>& pieces, std::string_view stretch, bool is_last) {
    while (!stretch.empty()) {
        auto size = size_of_frame(stretch);
        auto kind = JournalPiece::Kind::closed;
        if (size == 0) {
            size = next_mark(stretch);
            if (is_last && size == stretch.size() && is_beginning_of_frame(stretch))
                kind = JournalPiece::Kind::torn;
        }
        pieces.push_back({.kind = kind, .bytes = stretch.substr(0, size)});
        stretch.remove_prefix(size);
    }
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

std::vector<JournalPiece> pieces_of(std::string_view file, const std::function<bool(std::string_view box)>& opens) {
    std::vector<JournalPiece> pieces;
    const auto add_between = [&](std::string_view stretch, bool is_last) {
        // It begins where a record should, so that it may be one whose frame alone is damaged.
        const JournalPiece record{.kind = JournalPiece::Kind::open, .bytes = stretch};
        if (opens(record.box()))
            pieces.push_back(record);
        else
            add_unreadable(pieces, stretch, is_last);
    };
    std::size_t done = 0;
    for (std::size_t at = 0; at < file.size();) {
        const auto rest = file.substr(at);
        const auto record = rest.substr(0, size_of_frame(rest));
        if (record.empty() || !opens(record.substr(header_size))) {
            at += next_mark(rest);
            continue;
        }
        if (done < at)
            add_between(file.substr(done, at - done), false);
        pieces.push_back({.kind = JournalPiece::Kind::open, .bytes = record});
        at += record.size();
        done = at;
    }
    if (done < file.size())
        add_between(file.substr(done), true);
    return pieces;
}

std::string_view without_torn_end(std::string_view file) {
    std::vector<JournalPiece> pieces;
    add_unreadable(pieces, file, true);
    if (!pieces.empty() && pieces.back().kind == JournalPiece::Kind::torn)
        file.remove_suffix(pieces.back().bytes.size());
    return file;
}

}  // namespace evergrant::storage
