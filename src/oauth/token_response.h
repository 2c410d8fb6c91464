#pragma once
//
// Reads what a provider answers. Pure. Judges by the body as well as by the status; never trusts a number.
//
#include "base/clock.h"
#include "oauth/failure.h"
#include "oauth/token_set.h"

#include <chrono>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::oauth {

/// An answer of a provider's back-channel endpoint, as it came.
struct BackChannelAnswer {
    unsigned status{0};
    std::string content_type;
    std::string retry_after;  ///< the header as it came: seconds or an HTTP date; may be empty
    std::string dpop_nonce;
    std::string cache_control;  ///< the header as it came; may be empty
    std::string body;
};

/// What the reader must know of the provider and of the request.
struct TokenResponseContext {
    sys_seconds now;
    std::vector<std::string> requested_scopes;  ///< used when the answer names none
    std::string scope_separator{" "};           ///< how the answer's `scope` is split, besides spaces and commas
    std::optional<std::chrono::seconds> assumed_lifetime;  ///< when expires_in is missing; nothing: does not expire
    std::vector<ErrorRule> error_rules;                    ///< the provider's own, tried before the standard ones
    std::vector<std::string_view> secrets;  ///< that the request held, or that are known of the grant: never told
};

/// RFC 6749 5.1 and 5.2. Unknown members become metadata (id_token and secrets excepted); `token_type` is compared
/// case-insensitively and defaults to Bearer; `expires_in` is a number, a numeric string or missing; negative, absurd
/// (over ten years) or not finite is refused, the grant is not: its access token then counts as living for the assumed
/// lifetime or five minutes; 0 is like missing. Slack, GitHub and Zoho answer errors with 200: an answer without
/// access_token is a failure whatever its status. Form-encoded answers (GitHub) are read too.
[[nodiscard]] std::expected<TokenSet, ProviderFailure> read_token_response(const BackChannelAnswer& answer,
                                                                           const TokenResponseContext& context);

/// What an unsuccessful answer means: the provider's rules first, then RFC 6749 5.2 and the status. `secrets` are taken
/// out of what is told of it.
[[nodiscard]] ProviderFailure classify(const BackChannelAnswer& answer, std::span<const ErrorRule> rules,
                                       sys_seconds now, std::span<const std::string_view> secrets = {});

/// RFC 7009 2.2: 200 is success for unknown tokens too; 503 means the token still exists.
enum class RevocationOutcome : std::uint8_t { revoked, retry_later, unsupported, refused };
[[nodiscard]] RevocationOutcome read_revocation_response(const BackChannelAnswer& answer);

/// RFC 9110 10.2.3: delta-seconds or an HTTP date; nothing if unreadable; at most a day.
[[nodiscard]] std::optional<std::chrono::seconds> parse_retry_after(std::string_view value, sys_seconds now);

}  // namespace evergrant::oauth
