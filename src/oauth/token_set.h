#pragma once
//
// Token set: what a provider grants. A value; secrets inside are Secret.
//
#include "base/clock.h"
#include "base/secret.h"

#include <boost/json/object.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace evergrant::oauth {

/// The refresh token that a token set's own has replaced; for the store's eyes and the refresh's alone.
struct ReplacedToken {
    SecretString refresh_token;
    std::chrono::sys_time<std::chrono::milliseconds> at;  ///< by the store's clock
};

struct TokenSet {
    SecretString access_token;
    SecretString refresh_token;             ///< empty: the provider gave none
    std::string token_type{"Bearer"};       ///< as the provider spelt it
    std::optional<sys_seconds> expires_at;  ///< of the access token; nothing: it does not expire
    std::chrono::seconds lifetime{0};       ///< of the access token when it was issued; 0 if it does not expire
    std::vector<std::string> scopes;        ///< granted; those asked for when the answer names none
    boost::json::object metadata;           ///< what else the provider said, such as api_domain, instance_url

    /// Kept when the refresh that replaced it was in doubt, and the provider goes on taking it for a while.
    std::optional<ReplacedToken> replaced{};

    [[nodiscard]] TokenSet clone() const;
};

/// The token set after a refresh, from the one that was spent and the answer to it. Pure.
/// RFC 6749 section 6 and OAuth 2.1 section 4.3: a new refresh token replaces the old, an absent or empty one keeps it;
/// scopes absent from the answer are those of before; metadata is merged, the answer's members winning. `replaced` is
/// the answer's: what was kept of earlier doubt ends with it.
[[nodiscard]] TokenSet merge_refreshed(const TokenSet& spent, TokenSet answer);

}  // namespace evergrant::oauth
