#include "oauth/provider_text.h"

#include "base/log.h"
#include "base/secret.h"
#include "oauth/form.h"

#include <algorithm>
#include <cstddef>
#include <optional>

namespace evergrant::oauth {

namespace {

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_code_char(char c) noexcept {
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || c == ' ' || c == '_' || c == '-' || c == '.';
}

bool is_continuation(char c) noexcept {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

/// How many bytes the character at the front has and the smallest code point that needs as many (RFC 3629).
struct Utf8Lead {
    std::size_t length;
    char32_t bits;
    char32_t smallest;
};

std::optional<Utf8Lead> lead(unsigned char byte) noexcept {
    if (byte < 0x80U)
        return Utf8Lead{1, byte, 0};
    if (byte >= 0xC0U && byte < 0xE0U)
        return Utf8Lead{2, byte & 0x1FU, 0x80};
    if (byte >= 0xE0U && byte < 0xF0U)
        return Utf8Lead{3, byte & 0x0FU, 0x800};
    if (byte >= 0xF0U && byte < 0xF8U)
        return Utf8Lead{4, byte & 0x07U, 0x10000};
    return std::nullopt;
}

/// The beginning of `text`, at most `longest` bytes, that ends before a word rather than in it: of a token cut in two
/// the redactor might not know the first half. Bounds what a hostile answer of a mebibyte can cost.
std::string_view whole_words(std::string_view text, std::size_t longest) noexcept {
    if (text.size() <= longest)
        return text;
    text = text.substr(0, longest);
    const std::size_t end = text.find_last_of(" \t\r\n\"',;:&<>()[]{}");
    return text.substr(0, end == std::string_view::npos ? 0 : end);
}

void take_out(std::string& text, std::string_view secret) {
    constexpr std::string_view mask = "[redacted]";
    for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at + mask.size()))
        text.replace(at, secret.size(), mask);
}

}  // namespace

bool is_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        const auto first = lead(static_cast<unsigned char>(text.front()));
        if (!first || text.size() < first->length)
            return false;
        char32_t point = first->bits;
        for (const char c : text.substr(1, first->length - 1)) {
            if (!is_continuation(c))
                return false;
            point = (point << 6U) | (static_cast<unsigned char>(c) & 0x3FU);
        }
        const bool is_surrogate = point >= 0xD800 && point <= 0xDFFF;
        if (point < first->smallest || point > 0x10FFFF || is_surrogate)
            return false;
        text.remove_prefix(first->length);
    }
    return true;
}

bool is_visible_ascii(std::string_view text) noexcept {
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

bool contains_ignoring_case(std::string_view text, std::string_view part) noexcept {
    const auto same = [](char a, char b) { return lower(a) == lower(b); };
    return part.empty() || !std::ranges::search(text, part, same).empty();
}

std::string without(std::string_view text, std::span<const std::string_view> secrets) {
    constexpr std::size_t shortest = 6;
    std::string shown(text);
    for (const std::string_view secret : secrets) {
        if (secret.size() < shortest)
            continue;
        take_out(shown, secret);
        std::string encoded = form_encode(secret);
        take_out(shown, encoded);
        wipe(encoded.data(), encoded.size());
    }
    return shown;
}

std::string shown_code(std::string_view code) {
    constexpr std::size_t longest = 64;
    // An error code is a word; what holds this many digits is rather an identifier or a token.
    constexpr std::ptrdiff_t most_digits = 8;
    if (code.empty())
        return {};
    std::string shown = redact(whole_words(code, 4 * longest));
    std::erase_if(shown, [](char c) { return !is_code_char(c); });
    if (shown.size() > longest)
        shown.resize(longest);
    if (shown.find_first_not_of(' ') == std::string::npos || std::ranges::count_if(shown, is_digit) > most_digits)
        return "unreadable_code";
    return shown;
}

std::string logged_detail(std::string_view text) {
    constexpr std::size_t longest = 500;
    std::string detail = redact(whole_words(text, 8 * longest));
    if (detail.size() <= longest)
        return detail;
    std::size_t end = longest;
    while (end > 0 && is_continuation(detail[end]))
        --end;
    detail.resize(end);
    return detail;
}

}  // namespace evergrant::oauth
