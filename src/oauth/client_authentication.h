#pragma once
//
// How we prove to a provider that we are its registered client. RFC 6749 section 2.3.
//
#include "base/secret.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace evergrant::oauth {

enum class ClientAuthMethod : std::uint8_t {
    client_secret_basic,  ///< RFC 6749 2.3.1; id and secret are form-encoded first
    client_secret_post,   ///< RFC 6749 2.3.1
    private_key_jwt,      ///< RFC 7523
    tls_client_auth,      ///< RFC 8705
    none,                 ///< public client: the id alone
};

[[nodiscard]] std::string_view name_of(ClientAuthMethod method) noexcept;
[[nodiscard]] std::optional<ClientAuthMethod> parse_client_auth_method(std::string_view text) noexcept;

/// The OAuth client registered at a provider.
struct ClientRegistration {
    std::string client_id;
    SecretString client_secret;  ///< empty for public clients and assertions
    /// With private_key_jwt, the assertion made for the one request that is built next (RFC 7523 2.2); empty: none yet.
    SecretString client_assertion{};

    [[nodiscard]] ClientRegistration clone() const {
        return {client_id, client_secret.clone(), client_assertion.clone()};
    }
};

}  // namespace evergrant::oauth
