#pragma once
//
// Errors a caller can react to, as values. What only an operator at start-up can fix, or a bug, is an exception.
// The code decides HTTP status, retryability and log level in one table, `traits_of`; no other file knows a status
// code.
//
#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant {

/// What went wrong, as the HTTP contract names it. The enumerator is the `error` field of an answer.
enum class Errc : std::uint8_t {
    invalid_request,           ///< the caller's input is malformed or impossible; prefer a more exact code if one fits
    unknown_provider,          ///< the catalogue has no such provider
    missing_app_credentials,   ///< no OAuth client is registered for the tenant or the deployment
    invalid_state,             ///< an authorization's state is unknown, spent or expired
    authorization_denied,      ///< the provider's authorization endpoint answered with an error
    authentication_required,   ///< no credentials came with the request
    invalid_credentials,       ///< credentials came and are wrong; never says which part
    token_expired,             ///< the caller's own JWT or API key has expired
    forbidden,                 ///< the caller is known and may not
    not_found,                 ///< no such route or thing; prefer the two below for tenants and connections
    tenant_not_found,          ///< no such tenant, or one this caller may not see
    no_connection,             ///< the tenant holds no grant at that provider
    method_not_allowed,        ///< the route exists under another method
    conflict,                  ///< the thing exists already, or changed meanwhile
    reauthorization_required,  ///< the grant is dead; only a person can renew it
    request_timeout,           ///< the caller sends its request too slowly
    payload_too_large,         ///< the body exceeds the limit
    headers_too_large,         ///< the request's header section exceeds the limit
    unsupported_media_type,    ///< the body is not what the route reads
    rate_limited,              ///< the caller asks too often; carries retry_after
    internal_error,            ///< a bug, caught at the edge
    not_implemented,           ///< a part of HTTP not spoken here; prefer method_not_allowed for methods
    provider_error,            ///< the provider answered, and not with what was asked for
    provider_misconfigured,    ///< the provider refuses our own client id or secret
    provider_unreachable,      ///< nothing was sent: name, connection or TLS failed
    provider_timeout,          ///< the provider did not answer in time; what was sent may have arrived
    egress_denied,             ///< the address is not one this server may call
    store_unavailable,         ///< the store cannot be read or written now; carries retry_after
    overloaded,                ///< shed to stay alive; carries retry_after
    shutting_down,             ///< the server drains; another replica can answer
    cancelled,                 ///< the caller left or the deadline passed before there was an answer
};

enum class LogLevel : std::uint8_t { trace, debug, info, warning, error };

/// What follows from a code. `name` is the contract's `error` string.
struct ErrorTraits {
    std::string_view name;
    unsigned http_status;
    bool retryable;
    LogLevel log_level;
};

[[nodiscard]] ErrorTraits traits_of(Errc code) noexcept;

/// One wrong field of a request, as the contract's `details` shows it.
struct FieldError {
    std::string field;
    std::string message;
};

/// `message` is one sentence for a person, says what to do, and holds no secret and no upstream text.
/// `detail` may hold upstream text; it is for logs only and passes the redactor.
struct Error {
    Errc code{Errc::internal_error};
    std::string message;
    std::string detail{};
    std::vector<FieldError> fields{};
    std::optional<std::chrono::seconds> retry_after{};
    std::string authorize_url{};  ///< where a person renews the grant; only with reauthorization_required
};

template <class T>
using Result = std::expected<T, Error>;

/// A failed Result of any type: `return failure(Errc::conflict, "…");`
[[nodiscard]] inline std::unexpected<Error> failure(Errc code, std::string message, std::string detail = {}) {
    return std::unexpected(Error{.code = code, .message = std::move(message), .detail = std::move(detail)});
}

/// An invalid_request that names its field.
[[nodiscard]] std::unexpected<Error> invalid_field(std::string field, std::string message);

}  // namespace evergrant
