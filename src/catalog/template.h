#pragma once
//
// Templates: text that may hold `${params.x}` and `${metadata.x}`. Parsed once, when the catalogue is loaded.
//
#include "base/error.h"

#include <cstdint>
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

    /// The same for a template of a URL. A value at its beginning may be a whole URL; anywhere else it is one or more
    /// of A-Z a-z 0-9 . _ ~ - and not `..`, so that it changes neither host nor path beyond its own place, and the
    /// result is an https URL (http if its host is loopback). Errors: invalid_request naming the reference.
    [[nodiscard]] Result<std::string> expand_url(const TemplateValues& values) const;

    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    /// The names after `params.` and `metadata.`.
    [[nodiscard]] std::vector<std::string> parameters() const;
    [[nodiscard]] std::vector<std::string> metadata() const;

    /// The reference that the text begins with, `params.x` or `metadata.x`: its value decides a URL's scheme and host.
    /// Empty when the text begins with something else.
    [[nodiscard]] std::string leading_reference() const;

private:
    struct Piece {
        enum class Kind : std::uint8_t { literal, parameter, metadata } kind;
        std::string text;

        [[nodiscard]] std::string reference() const;  ///< params.x or metadata.x
    };

    [[nodiscard]] static Result<std::string> value_of(const Piece& piece, const TemplateValues& values);
    [[nodiscard]] std::vector<std::string> names(Piece::Kind kind) const;

    std::string text_;
    std::vector<Piece> pieces_;
};

}  // namespace evergrant::catalog
