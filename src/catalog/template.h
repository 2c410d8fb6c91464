#pragma once
//
// Templates: text that may hold `${params.x}` and `${metadata.x}`. Parsed once, when the catalogue is loaded.
//
#include "base/error.h"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::catalog {

using Parameters = std::map<std::string, std::string>;  ///< a connection's: shop, region, tenant …

/// What a template's references are looked up in. Metadata holds the strings of a token response.
struct TemplateValues {
    const Parameters& params;
    const Parameters& metadata;
};

class Template {
public:
    /// Errors: invalid_request with the position of an unclosed or unknown reference.
    [[nodiscard]] static Result<Template> parse(std::string_view text);

    /// The text with every reference replaced. Errors: invalid_request naming the reference that has no value.
    /// Values are put in as they are: rules on parameters and metadata keep them safe, and are checked before.
    [[nodiscard]] Result<std::string> expand(const TemplateValues& values) const;

    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    /// The names after `params.` and `metadata.`.
    [[nodiscard]] std::vector<std::string> parameters() const;
    [[nodiscard]] std::vector<std::string> metadata() const;

private:
    struct Piece {
        enum class Kind { literal, parameter, metadata } kind;
        std::string text;
    };
    std::string text_;
    std::vector<Piece> pieces_;
};

}  // namespace evergrant::catalog
