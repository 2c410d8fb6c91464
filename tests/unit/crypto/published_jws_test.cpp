//
// Signatures that RFCs print: a bare clone has these at least.
//
#include "crypto/encoding.h"
#include "crypto/jwt.h"

#include <gtest/gtest.h>

#include <string>

namespace evergrant::crypto {
namespace {

// The claims of RFC 7515 appendix A.1.1, which A.2 and A.3 sign as well.
constexpr std::string_view claims =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
constexpr sys_seconds before_expiry{std::chrono::seconds(1'300'819'379)};

std::string token(std::string_view header, std::string_view payload, std::string_view signature) {
    return std::string(header) + "." + std::string(payload) + "." + std::string(signature);
}

TEST(PublishedJwsTest, hs256_of_rfc_7515_a_1) {
    const auto secret =
        from_base64url("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
    const JwtVerifier verifier(JwtKeys::shared_secret(SecretString(secret.value())), {.issuer = "joe", .audience = ""});

    const auto verified = verifier.verify(
        token("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9", claims, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
        before_expiry);

    ASSERT_TRUE(verified) << verified.error().message;
    EXPECT_EQ(verified->at("http://example.com/is_root"), true);
}

TEST(PublishedJwsTest, rs256_of_rfc_7515_a_2) {
    auto keys = JwtKeys::from_jwks(
        R"({"keys":[{"kty":"RSA","e":"AQAB","n":")"
        "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZ"
        "S-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2"
        "R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcD"
        R"(TW9gb54h4FRWyuXpoQ"}]})");
    ASSERT_TRUE(keys) << keys.error().message;
    const JwtVerifier verifier(std::move(*keys), {.issuer = "joe", .audience = ""});

    const auto verified = verifier.verify(
        token("eyJhbGciOiJSUzI1NiJ9", claims,
              "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJd"
              "bF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN938"
              "3LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkW"
              "ywlVmtVrBp0igcN_IoypGlUPQGe77Rw"),
        before_expiry);

    EXPECT_TRUE(verified) << verified.error().message;
}

TEST(PublishedJwsTest, es256_of_rfc_7515_a_3) {
    auto keys =
        JwtKeys::from_jwks(R"({"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
                           R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})");
    ASSERT_TRUE(keys) << keys.error().message;
    const JwtVerifier verifier(std::move(*keys), {.issuer = "joe", .audience = ""});

    const auto verified =
        verifier.verify(token("eyJhbGciOiJFUzI1NiJ9", claims,
                              "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"),
                        before_expiry);

    EXPECT_TRUE(verified) << verified.error().message;
}

TEST(PublishedJwsTest, eddsa_of_rfc_8037_a_4) {
    const auto keys = JwtKeys::from_jwks(
        R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})");
    ASSERT_TRUE(keys) << keys.error().message;

    const auto content =
        keys->open(token("eyJhbGciOiJFZERTQSJ9", "RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
                         "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"));

    ASSERT_TRUE(content);
    EXPECT_EQ(content->payload, "Example of Ed25519 signing");
}

}  // namespace
}  // namespace evergrant::crypto
