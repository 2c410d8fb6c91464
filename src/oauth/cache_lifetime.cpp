#include "oauth/cache_lifetime.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <system_error>

namespace evergrant::oauth {

namespace {

char lower(char letter) noexcept {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool begins_with(std::string_view text, std::string_view word) noexcept {
    return text.size() >= word.size() &&
           std::ranges::equal(text.substr(0, word.size()), word, {}, [](char letter) { return lower(letter); });
}

std::string_view trimmed(std::string_view text) noexcept {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// A number too great for us is a long time (RFC 9111 1.2.2).
std::optional<std::chrono::seconds> age_in(std::string_view text) noexcept {
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
        text = text.substr(1, text.size() - 2);
    std::uint32_t seconds = 0;
    const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (stop != text.data() + text.size() || problem == std::errc::invalid_argument)
        return std::nullopt;
    return problem == std::errc() ? std::chrono::seconds(seconds) : longest_kept;
}

}  // namespace

std::chrono::seconds kept_for(std::string_view cache_control) noexcept {
    constexpr std::string_view max_age = "max-age=";
    std::chrono::seconds kept = usually_kept;
    while (!cache_control.empty()) {
        const std::string_view directive = trimmed(cache_control.substr(0, cache_control.find(',')));
        cache_control.remove_prefix(std::min(cache_control.size(), cache_control.find(',')));
        cache_control.remove_prefix(cache_control.empty() ? 0 : 1);
        if (begins_with(directive, "no-store") || begins_with(directive, "no-cache"))
            return shortest_kept;
        if (begins_with(directive, max_age))
            kept = age_in(directive.substr(max_age.size())).value_or(kept);
    }
    return std::clamp(kept, shortest_kept, longest_kept);
}

}  // namespace evergrant::oauth
