#pragma once
//
// The claims of assertions: JSON Web Tokens by which an app proves who it is, or asks for a grant. RFC 7523. Pure.
//
#include "base/clock.h"

#include <boost/json/object.hpp>

#include <chrono>
#include <string>

namespace evergrant::oauth {

/// Far below the five minutes that SMART App Launch and Salesforce allow: an assertion is made for one request.
inline constexpr std::chrono::seconds assertion_life{120};

/// RFC 7523 section 3. The audience is one string (FAPI 2.0).
struct AssertionContent {
    std::string client_id;  ///< the issuer
    std::string subject;    ///< empty: the client itself, as in client authentication (section 2.2)
    std::string audience;
    std::string id;  ///< `jti`: never used before
    sys_seconds now;
    std::string scope;  ///< already joined; for a grant whose provider reads it here; empty: none
};

[[nodiscard]] boost::json::object assertion_claims(const AssertionContent& content);

}  // namespace evergrant::oauth
