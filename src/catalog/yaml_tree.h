#pragma once
//
// YAML as a tree of what stands in which line. Deliberately less than YAML: no anchors, no aliases, no tags, one
// document, little depth. A file that grows when it is read (an "alias bomb") can therefore not be written.
//
#include "catalog/problem.h"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::catalog {

struct YamlNode {
    enum class Kind : std::uint8_t { null, scalar, sequence, mapping };

    Kind kind{Kind::null};
    std::size_t line{0};  ///< from 1; of the key, for what has one
    std::string key;      ///< in a mapping; items of a sequence bear the sequence's
    std::string text;     ///< of a scalar
    bool quoted{false};   ///< a scalar in quotes or a block: never true, false or a number
    std::vector<YamlNode> children;

    /// The first child of that key, or nothing.
    [[nodiscard]] const YamlNode* find(std::string_view wanted) const noexcept;
};

struct YamlLimits {
    std::size_t bytes{std::size_t{1} << 20};
    std::size_t depth{16};
};

/// A file that cannot be read at all.
struct YamlError {
    std::size_t line{0};
    std::string message;
};

/// The document's root. Errors: the first thing that is not YAML, or is more of it than is read here.
[[nodiscard]] std::expected<YamlNode, YamlError> parse_yaml(std::string_view text, YamlLimits limits = {});

}  // namespace evergrant::catalog
