#include "oauth/assertion.h"

namespace evergrant::oauth {

boost::json::object assertion_claims(const AssertionContent& content) {
    const auto at = [&content](std::chrono::seconds later) {
        return std::int64_t{(content.now + later).time_since_epoch().count()};
    };
    boost::json::object claims;
    claims["iss"] = content.client_id;
    claims["sub"] = content.subject.empty() ? content.client_id : content.subject;
    claims["aud"] = content.audience;
    claims["jti"] = content.id;
    claims["iat"] = at(std::chrono::seconds(0));
    claims["exp"] = at(assertion_life);
    if (!content.scope.empty())
        claims["scope"] = content.scope;
    return claims;
}

}  // namespace evergrant::oauth
