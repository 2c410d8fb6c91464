#include "oauth/shareable_metadata.h"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace evergrant::oauth {

namespace {

bool is_protocol_member(std::string_view name) noexcept {
    constexpr std::array<std::string_view, 6> members{"access_token", "refresh_token", "token_type",
                                                      "expires_in",   "scope",         "id_token"};
    return std::ranges::find(members, name) != members.end();
}

/// `Client-Secret`, `clientSecret` and `client_secret` are one name.
bool is_named_like_a_secret(std::string_view name) {
    constexpr std::array<std::string_view, 10> endings{"token",  "tokens",     "secret",    "secrets",  "password",
                                                       "apikey", "privatekey", "assertion", "verifier", "jwt"};
    std::string plain;
    for (const char c : name) {
        if (c != '_' && c != '-')
            plain += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return std::ranges::any_of(endings, [&](std::string_view ending) { return plain.ends_with(ending); });
}

/// Copies JSON without what must not be shown.
class Sieve {
public:
    explicit Sieve(const TokenSet& tokens) : tokens_(tokens) {}

    [[nodiscard]] bool keeps(std::string_view name, const boost::json::value& value) const {
        return !is_named_like_a_secret(name) && !holds_a_token(name) && keeps(value);
    }

    [[nodiscard]] boost::json::value copy(const boost::json::value& value) const {
        if (const auto* const members = value.if_object())
            return copy_object(*members);
        if (const auto* const elements = value.if_array())
            return copy_array(*elements);
        return value;
    }

private:
    [[nodiscard]] bool keeps(const boost::json::value& value) const {
        // Such a number, as the parser makes of 1e999 or 0e999, cannot be written as JSON again.
        if (value.is_double() && !std::isfinite(value.get_double()))
            return false;
        const auto* const text = value.if_string();
        return text == nullptr || !holds_a_token(*text);
    }

    [[nodiscard]] bool holds_a_token(std::string_view text) const {
        return holds(text, tokens_.access_token.reveal()) || holds(text, tokens_.refresh_token.reveal());
    }

    static bool holds(std::string_view text, std::string_view token) {
        constexpr std::size_t long_enough_to_mean_it = 8;
        if (token.size() < long_enough_to_mean_it)
            return !token.empty() && text == token;
        // The beginning of a long token gives it away, and bounds what looking for it can cost.
        constexpr std::size_t enough_to_know_it = 256;
        return text.find(token.substr(0, enough_to_know_it)) != std::string_view::npos;
    }

    [[nodiscard]] boost::json::object copy_object(const boost::json::object& members) const {
        boost::json::object kept;
        for (const auto& [name, value] : members) {
            if (keeps(name, value))
                kept.emplace(name, copy(value));
        }
        return kept;
    }

    [[nodiscard]] boost::json::array copy_array(const boost::json::array& elements) const {
        boost::json::array kept;
        for (const auto& element : elements) {
            if (keeps(element))
                kept.push_back(copy(element));
        }
        return kept;
    }

    const TokenSet& tokens_;
};

}  // namespace

boost::json::object shareable_metadata(const boost::json::object& members, const TokenSet& tokens) {
    const Sieve sieve(tokens);
    boost::json::object metadata;
    for (const auto& [name, value] : members) {
        if (!is_protocol_member(name) && sieve.keeps(name, value))
            metadata.emplace(name, sieve.copy(value));
    }
    return metadata;
}

}  // namespace evergrant::oauth
