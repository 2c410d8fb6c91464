#pragma once
//
// How records stand in the rescue journal's file: mark ‖ length of the box (4 bytes, most significant first) ‖ box.
// Reading finds its way again behind whatever is damaged. Pure.
//
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::storage {

/// A stretch of the file: a record, or what stands where one should.
struct JournalPiece {
    enum class Kind : std::uint8_t {
        open,    ///< a record whose box opens, even if its frame is damaged
        closed,  ///< a record that does not open, or damage
        torn,    ///< at the end, the beginning of a record: a crash, or a full disk, while appending
    };
    Kind kind;
    std::string_view bytes;

    /// What is, or would be, the box.
    [[nodiscard]] std::string_view box() const noexcept;
};

[[nodiscard]] std::string frame(std::string_view box);

/// All of `file`, in order. `file` is referred to. `opens` tells whether a box is one that was sealed: it is what
/// decides where a record stands, so that neither a mark within a box nor a wrong length hides another record.
[[nodiscard]] std::vector<JournalPiece> pieces_of(std::string_view file,
                                                  const std::function<bool(std::string_view box)>& opens);

/// `file` without the beginning of a record at its end, as far as frames alone tell: for whoever has no key.
[[nodiscard]] std::string_view without_torn_end(std::string_view file);

}  // namespace evergrant::storage
