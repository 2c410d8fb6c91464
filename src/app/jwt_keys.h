#pragma once
//
// The keys by which callers' JWTs are checked: a shared secret, or a JWK set fetched once at start-up.
//
#include "app/configuration.h"
#include "async/shard.h"
#include "crypto/jwt.h"
#include "net/curl_client.h"

#include <optional>

namespace evergrant::app {

/// Nothing: neither a secret nor a JWKS URL is configured, and no JWT is accepted. Errors: the set cannot be fetched or
/// holds no usable key.
[[nodiscard]] async::Task<Result<std::optional<crypto::JwtVerifier>>> load_jwt_verifier(const JwtSettings* settings,
                                                                                        async::Shard* shard,
                                                                                        net::CurlOptions options);

}  // namespace evergrant::app
