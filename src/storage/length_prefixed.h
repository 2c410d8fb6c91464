#pragma once
//
// Unambiguous encodings of a row of fields: each field's length stands before it, so that ("a", "bc") and ("ab", "c")
// differ. Pure.
//
#include <cstdint>
#include <string>
#include <string_view>

namespace evergrant::storage {

/// Appends `number` as `size` bytes, most significant first; what does not fit is cut off in front.
inline void append_number(std::string& out, std::uint64_t number, unsigned size) {
    for (unsigned shift = size * 8; shift > 0; shift -= 8)
        out += static_cast<char>((number >> (shift - 8)) & 0xffU);
}

/// The number that all bytes of `bytes` write, most significant first; at most 8.
[[nodiscard]] inline std::uint64_t read_number(std::string_view bytes) noexcept {
    std::uint64_t number = 0;
    for (const char byte : bytes)
        number = (number << 8U) | static_cast<unsigned char>(byte);
    return number;
}

/// Appends a field with its length.
inline void append_field(std::string& out, std::string_view field) {
    append_number(out, field.size(), 8);
    out += field;
}

}  // namespace evergrant::storage
