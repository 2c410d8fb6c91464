#include "oauth/client_authentication.h"

#include <array>
#include <utility>

namespace evergrant::oauth {

std::string_view name_of(ClientAuthMethod method) noexcept {
    switch (method) {
        case ClientAuthMethod::client_secret_basic: return "client_secret_basic";
        case ClientAuthMethod::client_secret_post: return "client_secret_post";
        case ClientAuthMethod::private_key_jwt: return "private_key_jwt";
        case ClientAuthMethod::tls_client_auth: return "tls_client_auth";
        case ClientAuthMethod::none: return "none";
    }
    std::unreachable();
}

std::optional<ClientAuthMethod> parse_client_auth_method(std::string_view text) noexcept {
    constexpr std::array methods{ClientAuthMethod::client_secret_basic, ClientAuthMethod::client_secret_post,
                                 ClientAuthMethod::private_key_jwt, ClientAuthMethod::tls_client_auth,
                                 ClientAuthMethod::none};
    for (const ClientAuthMethod method : methods) {
        if (name_of(method) == text)
            return method;
    }
    return std::nullopt;
}

}  // namespace evergrant::oauth
