#pragma once
//
// "Did you mean …?": the known name nearest to a misspelt one. Pure.
//
#include <span>
#include <string>
#include <string_view>

namespace evergrant {

/// The name in `known` with the smallest edit distance to `word`, if it is near enough to be meant
/// (at most a third of its letters, and at least two, differ); else empty.
[[nodiscard]] std::string_view nearest(std::string_view word, std::span<const std::string_view> known);

/// `; did you mean "name"?` for the nearest known name, or an empty string.
[[nodiscard]] std::string did_you_mean(std::string_view word, std::span<const std::string_view> known);

}  // namespace evergrant
