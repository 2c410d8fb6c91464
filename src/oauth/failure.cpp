#include "oauth/failure.h"

#include <utility>

namespace evergrant::oauth {

std::string_view name_of(FailureClass failure) noexcept {
    switch (failure) {
        case FailureClass::dead_grant: return "dead_grant";
        case FailureClass::app_misconfigured: return "app_misconfigured";
        case FailureClass::request_rejected: return "request_rejected";
        case FailureClass::throttled: return "throttled";
        case FailureClass::provider_unavailable: return "provider_unavailable";
        case FailureClass::not_sent: return "not_sent";
        case FailureClass::answer_unknown: return "answer_unknown";
    }
    std::unreachable();
}

}  // namespace evergrant::oauth
