#pragma once
//
// What a failed exchange with a provider means. Only `dead_grant` may end a connection, and only a rule says so.
//
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace evergrant::oauth {

enum class FailureClass : std::uint8_t {
    dead_grant,            ///< this refresh token or code is no longer worth anything: only a person can renew
    app_misconfigured,     ///< our client id, secret or redirect URI is refused: no connection is at fault
    request_rejected,      ///< the provider understood and refuses this request (invalid_scope, invalid_request …)
    throttled,             ///< too many requests: wait as told
    provider_unavailable,  ///< 5xx, HTML, empty or malformed: what was sent may or may not have counted
    not_sent,              ///< name, connection or TLS failed before a byte of the request left: nothing was spent
    answer_unknown,        ///< sent, and no answer came: what was sent may or may not have counted
};

/// Whether the refresh token that was sent may have been spent although no new one arrived.
[[nodiscard]] constexpr bool leaves_doubt(FailureClass failure) noexcept {
    return failure == FailureClass::provider_unavailable || failure == FailureClass::answer_unknown;
}

[[nodiscard]] std::string_view name_of(FailureClass failure) noexcept;

/// A failed token, revocation or other protocol request, judged.
struct ProviderFailure {
    FailureClass failure{FailureClass::provider_unavailable};
    std::string code;                                 ///< the provider's error code, cut to 64 safe characters
    std::string reason;                               ///< one sentence for a person; no upstream text beyond `code`
    std::string detail;                               ///< upstream text, for the log's redactor only; cut to 500 bytes
    unsigned http_status{0};                          ///< 0 when there was no answer
    std::optional<std::chrono::seconds> retry_after;  ///< as told by the provider
};

/// One rule of a catalogue entry's error map; every condition that is present must hold, and a rule without any matches
/// nothing. `dead_grant` is believed of 408, 429 and a status other than 2xx and 4xx only if `http_status` names it,
/// and of a page of HTML never.
struct ErrorRule {
    std::optional<unsigned> http_status;
    std::string error;          ///< equals the answer's `error` member; empty: any
    std::string body_contains;  ///< found in the answer's body, case-insensitively; empty: any
    FailureClass meaning{FailureClass::request_rejected};
};

}  // namespace evergrant::oauth
