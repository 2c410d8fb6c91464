#include "oauth/grant_type.h"

#include <gtest/gtest.h>

namespace evergrant::oauth {

TEST(GrantTypeTest, is_read_as_it_is_written) {
    for (const GrantType type : {GrantType::authorization_code, GrantType::refresh_token, GrantType::client_credentials,
                                 GrantType::jwt_bearer})
        EXPECT_EQ(parse_grant_type(name_of(type)), type);
}

TEST(GrantTypeTest, of_another_word_is_none) {
    EXPECT_FALSE(parse_grant_type("password"));
}

TEST(GrantTypeTest, tells_which_need_no_person) {
    EXPECT_TRUE(needs_the_app_alone(GrantType::client_credentials));
    EXPECT_TRUE(needs_the_app_alone(GrantType::jwt_bearer));
    EXPECT_FALSE(needs_the_app_alone(GrantType::authorization_code));
}

}  // namespace evergrant::oauth
