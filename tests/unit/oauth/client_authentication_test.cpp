#include "oauth/client_authentication.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace evergrant::oauth {
namespace {

TEST(ClientAuthenticationTest, every_method_is_read_by_the_name_it_has) {
    struct Case {
        std::string_view name;
        ClientAuthMethod method;
    };
    constexpr std::array<Case, 5> cases{{
        {"client_secret_basic", ClientAuthMethod::client_secret_basic},
        {"client_secret_post", ClientAuthMethod::client_secret_post},
        {"private_key_jwt", ClientAuthMethod::private_key_jwt},
        {"tls_client_auth", ClientAuthMethod::tls_client_auth},
        {"none", ClientAuthMethod::none},
    }};
    for (const Case& c : cases) {
        EXPECT_EQ(name_of(c.method), c.name);
        EXPECT_EQ(parse_client_auth_method(c.name), c.method) << c.name;
    }
}

TEST(ClientAuthenticationTest, other_names_are_not_read) {
    for (const std::string_view name : {"", "None", "client_secret_jwt", "client_secret_basic "})
        EXPECT_EQ(parse_client_auth_method(name), std::nullopt) << name;
}

TEST(ClientAuthenticationTest, a_clone_holds_all_that_the_registration_holds) {
    const ClientRegistration client{"id", SecretString("secret"), SecretString("assertion")};

    const ClientRegistration copy = client.clone();

    EXPECT_EQ(copy.client_id, "id");
    EXPECT_EQ(copy.client_secret.reveal(), "secret");
    EXPECT_EQ(copy.client_assertion.reveal(), "assertion");
}

}  // namespace
}  // namespace evergrant::oauth
