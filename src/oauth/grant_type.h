#pragma once
//
// Grant types: what a client shows a token endpoint in exchange for a token set. RFC 6749 section 1.3, RFC 7523.
//
#include <cstdint>
#include <optional>
#include <string_view>

namespace evergrant::oauth {

enum class GrantType : std::uint8_t {
    authorization_code,  ///< RFC 6749 4.1: a person granted it
    refresh_token,       ///< RFC 6749 section 6
    client_credentials,  ///< RFC 6749 4.4: granted to the app itself
    jwt_bearer,          ///< RFC 7523 2.1: granted to an assertion that the app signs
};

[[nodiscard]] std::string_view name_of(GrantType type) noexcept;
[[nodiscard]] std::optional<GrantType> parse_grant_type(std::string_view text) noexcept;

/// Whether the app obtains the next token set by itself, with its own credentials and without a refresh token.
[[nodiscard]] constexpr bool needs_the_app_alone(GrantType type) noexcept {
    return type == GrantType::client_credentials || type == GrantType::jwt_bearer;
}

}  // namespace evergrant::oauth
