#include "catalog/template.h"

#include "catalog/url_rule.h"

#include <algorithm>

namespace evergrant::catalog {

namespace {

constexpr std::string_view opening = "${";
constexpr std::string_view params_prefix = "params.";
constexpr std::string_view metadata_prefix = "metadata.";

bool is_letter_or_digit(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_reference_name(std::string_view name) noexcept {
    return !name.empty() && std::ranges::all_of(name, [](char c) { return is_letter_or_digit(c) || c == '_'; });
}

bool stays_in_place(std::string_view value) noexcept {
    return value != "." && value != ".." && std::ranges::all_of(value, [](char c) {
               return is_letter_or_digit(c) || c == '.' || c == '_' || c == '~' || c == '-';
           });
}

std::string at_character(std::size_t position) {
    return " at character " + std::to_string(position + 1);
}

}  // namespace

std::string Template::Piece::reference() const {
    return std::string(kind == Kind::parameter ? params_prefix : metadata_prefix) + text;
}

Result<Template> Template::parse(std::string_view text) {
    Template parsed;
    parsed.text_ = text;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t open = std::min(text.find(opening, at), text.size());
        if (open > at)
            parsed.pieces_.push_back({Piece::Kind::literal, std::string(text.substr(at, open - at))});
        if (open == text.size())
            break;
        const std::size_t close = text.find('}', open);
        if (close == std::string_view::npos)
            return failure(Errc::invalid_request, "\"${\"" + at_character(open) + " is not closed");
        const std::string_view inside = text.substr(open + opening.size(), close - open - opening.size());
        const bool is_parameter = inside.starts_with(params_prefix);
        const std::string_view name =
            inside.substr(std::min(inside.size(), is_parameter ? params_prefix.size() : metadata_prefix.size()));
        if ((!is_parameter && !inside.starts_with(metadata_prefix)) || !is_reference_name(name))
            return failure(Errc::invalid_request, "\"" + std::string(text.substr(open, close + 1 - open)) + "\"" +
                                                      at_character(open) +
                                                      " is neither ${params.<name>} nor ${metadata.<name>}");
        parsed.pieces_.push_back({is_parameter ? Piece::Kind::parameter : Piece::Kind::metadata, std::string(name)});
        at = close + 1;
    }
    return parsed;
}

Result<std::string> Template::value_of(const Piece& piece, const TemplateValues& values) {
    if (piece.kind == Piece::Kind::literal)
        return piece.text;
    const Parameters& known = piece.kind == Piece::Kind::parameter ? values.params : values.metadata;
    const auto found = known.find(piece.text);
    if (found == known.end())
        return invalid_field(piece.reference(), "There is no value for " + piece.reference() + ".");
    return found->second;
}

Result<std::string> Template::expand(const TemplateValues& values) const {
    std::string expanded;
    for (const Piece& piece : pieces_) {
        const auto value = value_of(piece, values);
        if (!value)
            return std::unexpected(value.error());
        expanded += *value;
    }
    return expanded;
}

Result<std::string> Template::expand_url(const TemplateValues& values) const {
    std::string expanded;
    for (const Piece& piece : pieces_) {
        const auto value = value_of(piece, values);
        if (!value)
            return std::unexpected(value.error());
        if (piece.kind != Piece::Kind::literal && &piece != &pieces_.front() && !stays_in_place(*value))
            return invalid_field(piece.reference(),
                                 "The value of " + piece.reference() + " does not fit into a URL at its place.");
        expanded += *value;
    }
    if (const auto checked = check_catalogue_url(expanded); !checked) {
        const std::string leading = leading_reference();
        return invalid_field(leading.empty() ? "url" : leading,
                             "The URL made from \"" + text_ + "\" " + checked.error().message + ".");
    }
    return expanded;
}

std::string Template::leading_reference() const {
    if (pieces_.empty() || pieces_.front().kind == Piece::Kind::literal)
        return {};
    return pieces_.front().reference();
}

std::vector<std::string> Template::names(Piece::Kind kind) const {
    std::vector<std::string> found;
    for (const Piece& piece : pieces_) {
        if (piece.kind == kind && std::ranges::find(found, piece.text) == found.end())
            found.push_back(piece.text);
    }
    return found;
}

std::vector<std::string> Template::parameters() const {
    return names(Piece::Kind::parameter);
}

std::vector<std::string> Template::metadata() const {
    return names(Piece::Kind::metadata);
}

}  // namespace evergrant::catalog
