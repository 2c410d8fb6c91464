#include "base/error.h"

#include <utility>

namespace evergrant {

ErrorTraits traits_of(Errc code) noexcept {
    switch (code) {
        case Errc::invalid_request: return {"invalid_request", 400, false, LogLevel::debug};
        case Errc::unknown_provider: return {"unknown_provider", 400, false, LogLevel::debug};
        case Errc::missing_app_credentials: return {"missing_app_credentials", 400, false, LogLevel::info};
        case Errc::invalid_state: return {"invalid_state", 400, false, LogLevel::info};
        case Errc::authorization_denied: return {"authorization_denied", 400, false, LogLevel::info};
        case Errc::authentication_required: return {"authentication_required", 401, false, LogLevel::debug};
        case Errc::invalid_credentials: return {"invalid_credentials", 401, false, LogLevel::info};
        case Errc::token_expired: return {"token_expired", 401, false, LogLevel::info};
        case Errc::forbidden: return {"forbidden", 403, false, LogLevel::info};
        case Errc::not_found: return {"not_found", 404, false, LogLevel::debug};
        case Errc::tenant_not_found: return {"tenant_not_found", 404, false, LogLevel::debug};
        case Errc::no_connection: return {"no_connection", 404, false, LogLevel::debug};
        case Errc::method_not_allowed: return {"method_not_allowed", 405, false, LogLevel::debug};
        case Errc::conflict: return {"conflict", 409, false, LogLevel::debug};
        case Errc::reauthorization_required: return {"reauthorization_required", 409, false, LogLevel::info};
        case Errc::request_timeout: return {"request_timeout", 408, true, LogLevel::debug};
        case Errc::payload_too_large: return {"payload_too_large", 413, false, LogLevel::info};
        case Errc::headers_too_large: return {"headers_too_large", 431, false, LogLevel::info};
        case Errc::unsupported_media_type: return {"unsupported_media_type", 415, false, LogLevel::debug};
        case Errc::rate_limited: return {"rate_limited", 429, true, LogLevel::info};
        case Errc::internal_error: return {"internal_error", 500, false, LogLevel::error};
        case Errc::not_implemented: return {"not_implemented", 501, false, LogLevel::debug};
        case Errc::provider_error: return {"provider_error", 502, true, LogLevel::warning};
        case Errc::provider_misconfigured: return {"provider_misconfigured", 502, false, LogLevel::error};
        case Errc::provider_unreachable: return {"provider_unreachable", 502, true, LogLevel::warning};
        case Errc::provider_timeout: return {"provider_timeout", 504, true, LogLevel::warning};
        case Errc::egress_denied: return {"egress_denied", 502, false, LogLevel::error};
        case Errc::store_unavailable: return {"store_unavailable", 503, true, LogLevel::error};
        case Errc::overloaded: return {"overloaded", 503, true, LogLevel::warning};
        case Errc::shutting_down: return {"shutting_down", 503, true, LogLevel::info};
        case Errc::cancelled: return {"cancelled", 503, true, LogLevel::info};
    }
    std::unreachable();
}

std::unexpected<Error> invalid_field(std::string field, std::string message) {
    Error error{.code = Errc::invalid_request, .message = message};
    error.fields.push_back({std::move(field), std::move(message)});
    return std::unexpected(std::move(error));
}

}  // namespace evergrant
