#pragma once
//
// Text pattern: a regular expression that decides whether a value may come in. Matching takes time linear in the
// value, whatever the pattern: there is no backtracking, and values and patterns are bounded.
//
#include "base/error.h"

#include <regex>
#include <string_view>

namespace evergrant::catalog {

class TextPattern {
public:
    static constexpr std::size_t longest_pattern = 256;
    static constexpr std::size_t longest_value = 512;
    static constexpr std::size_t most_states = 1000;  ///< of a pattern, its {n,m} written out

    /// ECMAScript without back-references. Errors: invalid_request that says what is wrong with it, as the end of a
    /// sentence.
    [[nodiscard]] static Result<TextPattern> compile(std::string_view pattern);

    /// Whether the whole value matches. Longer than `longest_value` never does.
    [[nodiscard]] bool matches(std::string_view value) const;

private:
    explicit TextPattern(std::regex regex) : regex_(std::move(regex)) {}

    std::regex regex_;
};

}  // namespace evergrant::catalog
