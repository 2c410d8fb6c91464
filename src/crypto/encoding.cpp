#include "crypto/encoding.h"

#include <array>
#include <cstdint>

namespace evergrant::crypto {
namespace {

constexpr std::string_view base64_letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view base64url_letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::uint8_t no_value = 0xff;

using ValueTable = std::array<std::uint8_t, 256>;

constexpr ValueTable base64url_values = [] {
    ValueTable values{};
    values.fill(no_value);
    for (std::size_t i = 0; i < base64url_letters.size(); ++i)
        values[static_cast<unsigned char>(base64url_letters[i])] = static_cast<std::uint8_t>(i);
    return values;
}();

constexpr ValueTable hex_values = [] {
    ValueTable values{};
    values.fill(no_value);
    for (std::uint8_t i = 0; i < 10; ++i)
        values[std::size_t{'0'} + i] = i;
    for (std::uint8_t i = 0; i < 6; ++i) {
        values[std::size_t{'a'} + i] = static_cast<std::uint8_t>(10 + i);
        values[std::size_t{'A'} + i] = static_cast<std::uint8_t>(10 + i);
    }
    return values;
}();

/// Without padding.
std::string encode_sextets(std::span<const std::byte> bytes, std::string_view letters) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    std::uint32_t pending = 0;
    unsigned pending_bits = 0;
    for (const auto byte : bytes) {
        pending = (pending << 8U) | std::to_integer<std::uint32_t>(byte);
        for (pending_bits += 8; pending_bits >= 6; pending_bits -= 6)
            text += letters[(pending >> (pending_bits - 6)) & 0x3fU];
    }
    if (pending_bits > 0)
        text += letters[(pending << (6 - pending_bits)) & 0x3fU];
    return text;
}

}  // namespace

std::string to_base64url(std::span<const std::byte> bytes) {
    return encode_sextets(bytes, base64url_letters);
}

std::string to_base64(std::span<const std::byte> bytes) {
    auto text = encode_sextets(bytes, base64_letters);
    text.append((4 - text.size() % 4) % 4, '=');
    return text;
}

std::optional<std::string> from_base64url(std::string_view text) {
    std::string bytes;
    bytes.reserve(text.size() / 4 * 3 + 2);
    std::uint32_t pending = 0;
    unsigned pending_bits = 0;
    for (const char letter : text) {
        const auto value = base64url_values[static_cast<unsigned char>(letter)];
        if (value == no_value)
            return std::nullopt;
        pending = (pending << 6U) | value;
        pending_bits += 6;
        if (pending_bits >= 8) {
            pending_bits -= 8;
            bytes += static_cast<char>((pending >> pending_bits) & 0xffU);
        }
    }
    // Six bits left over are a lone letter; other bits left over must be zero, or two texts would mean the same bytes.
    if (pending_bits == 6 || (pending & ((1U << pending_bits) - 1U)) != 0)
        return std::nullopt;
    return bytes;
}

std::string to_hex(std::span<const std::byte> bytes) {
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const auto byte : bytes) {
        text += hex_digits[std::to_integer<std::size_t>(byte >> 4U)];
        text += hex_digits[std::to_integer<std::size_t>(byte & std::byte{0x0f})];
    }
    return text;
}

std::optional<std::string> from_hex(std::string_view text) {
    if (text.size() % 2 != 0)
        return std::nullopt;
    std::string bytes;
    bytes.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const auto high = hex_values[static_cast<unsigned char>(text[i])];
        const auto low = hex_values[static_cast<unsigned char>(text[i + 1])];
        if (high == no_value || low == no_value)
            return std::nullopt;
        bytes += static_cast<char>((high << 4U) | low);
    }
    return bytes;
}

}  // namespace evergrant::crypto
