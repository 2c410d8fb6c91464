#pragma once
//
// What of a token answer may be kept and shown beside the token: everything but the protocol's own members and secrets.
// Pure.
//
#include "oauth/token_set.h"

#include <boost/json/object.hpp>

namespace evergrant::oauth {

/// `members` without those of RFC 6749 5.1 and `id_token`, and, however deep, without members that are named like a
/// secret, hold one of the two tokens of `tokens`, or are numbers that are not finite.
[[nodiscard]] boost::json::object shareable_metadata(const boost::json::object& members, const TokenSet& tokens);

}  // namespace evergrant::oauth
