//
// Tokens from outside: whatever the bytes, verifying ends in claims or one of two errors, and claims come only from
// what was signed. The input is tried as a token, as the three parts of one that the fuzzer signs itself, so that the
// code behind the signature is reached, and as a JWK set.
//
#include "crypto/jwt.h"
#include "crypto/encoding.h"
#include "crypto/hash.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace evergrant;

constexpr sys_seconds now{std::chrono::seconds(1'700'000'000)};
constexpr std::string_view secret = "a secret of the fuzzer, 32 bytes";

const crypto::JwtVerifier& verifier() {
    static const crypto::JwtVerifier made(crypto::JwtKeys::shared_secret(SecretString(std::string(secret))), {});
    return made;
}

void require(bool holds) {
    if (!holds)
        std::abort();
}

std::string sign(std::string_view header, std::string_view claims) {
    const auto text =
        crypto::to_base64url(crypto::bytes_of(header)) + "." + crypto::to_base64url(crypto::bytes_of(claims));
    return text + "." + crypto::to_base64url(crypto::hmac_sha256(crypto::bytes_of(secret), text));
}

void verify(std::string_view token) {
    const auto verified = verifier().verify(token, now);
    if (verified) {
        require(verified->contains("exp"));
        require(token.size() <= 16 * 1024);
        const auto last = token.rfind('.');
        const auto mac = crypto::hmac_sha256(crypto::bytes_of(secret), token.substr(0, last));
        require(token.substr(last + 1) == crypto::to_base64url(mac));
    } else {
        const auto code = verified.error().code;
        require(code == Errc::invalid_credentials || code == Errc::token_expired);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    verify(input);
    verify(sign(R"({"alg":"HS256"})", input));
    const auto line = input.find('\n');
    if (line != std::string_view::npos)
        verify(sign(input.substr(0, line), input.substr(line + 1)));
    const auto keys = crypto::JwtKeys::from_jwks(input);
    require(!keys || !keys->open(sign(R"({"alg":"HS256"})", "{}")));
    return 0;
}
