#include "base/ids.h"

#include <algorithm>

namespace evergrant {

namespace {

constexpr std::size_t longest_name = 128;

bool is_letter_or_digit(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

bool is_valid_name(std::string_view text) noexcept {
    if (text.empty() || text.size() > longest_name || !is_letter_or_digit(text.front()))
        return false;
    return std::ranges::all_of(text, [](char c) { return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-'; });
}

}  // namespace evergrant
