#include "oauth/grant_type.h"

#include <algorithm>
#include <array>
#include <utility>

namespace evergrant::oauth {

std::string_view name_of(GrantType type) noexcept {
    switch (type) {
        case GrantType::authorization_code: return "authorization_code";
        case GrantType::refresh_token: return "refresh_token";
        case GrantType::client_credentials: return "client_credentials";
        case GrantType::jwt_bearer: return "jwt_bearer";
    }
    std::unreachable();
}

std::optional<GrantType> parse_grant_type(std::string_view text) noexcept {
    constexpr std::array all{GrantType::authorization_code, GrantType::refresh_token, GrantType::client_credentials,
                             GrantType::jwt_bearer};
    const auto* const found = std::ranges::find(all, text, [](GrantType type) { return name_of(type); });
    return found == all.end() ? std::nullopt : std::optional(*found);
}

}  // namespace evergrant::oauth
