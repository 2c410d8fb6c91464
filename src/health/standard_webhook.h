#pragma once
//
// Standard Webhooks (https://www.standardwebhooks.com): how a receiver knows that a message is ours, and which it has
// had. Pure.
//
#include "base/clock.h"
#include "base/secret.h"

#include <optional>
#include <string>
#include <string_view>

namespace evergrant::health {

/// The key of `whsec_<base64>`; nothing if it is not one of 24 to 64 bytes.
[[nodiscard]] std::optional<SecretString> webhook_key(std::string_view secret);

/// The header webhook-signature: `v1,<base64 of HMAC-SHA256 of id.timestamp.body>`.
[[nodiscard]] std::string webhook_signature(const SecretString& key, std::string_view id, sys_seconds at,
                                            std::string_view body);

}  // namespace evergrant::health
