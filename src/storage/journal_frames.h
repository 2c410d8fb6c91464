#pragma once
//
// How records stand in the rescue journal's file: mark ‖ length of the box (4 bytes, most significant first) ‖ box.
// Reading finds its way again behind whatever is damaged. Pure.
//
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::storage {

/// A stretch of the file: a record, or what stands where one should.
struct JournalPiece {
    enum class Kind : std::uint8_t {
        framed,   ///< a mark and a length that fit what follows
        damaged,  ///< no frame, yet not the work of a crash
        torn,     ///< at the end, the beginning of a record: a crash, or a full disk, while appending
    };
    Kind kind;
    std::string_view bytes;

    /// What would be the box.
    [[nodiscard]] std::string_view box() const noexcept;
};

[[nodiscard]] std::string frame(std::string_view box);

/// All of `file`, in order. `file` is referred to.
[[nodiscard]] std::vector<JournalPiece> pieces_of(std::string_view file);

}  // namespace evergrant::storage
