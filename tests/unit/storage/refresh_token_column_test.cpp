#include "storage/refresh_token_column.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace evergrant::storage {

namespace {

using Time = std::chrono::sys_time<std::chrono::milliseconds>;

oauth::TokenSet read(std::string_view column) {
    oauth::TokenSet tokens;
    read_refresh_token_column(SecretString(std::string(column)), tokens);
    return tokens;
}

}  // namespace

TEST(RefreshTokenColumnTest, holds_a_refresh_token_alone_as_it_is) {
    oauth::TokenSet tokens;
    tokens.refresh_token = SecretString("refresh-5");

    const SecretString column = to_refresh_token_column(tokens);

    EXPECT_EQ(column.reveal(), "refresh-5");
    EXPECT_EQ(read(column.reveal()).refresh_token.reveal(), "refresh-5");
    EXPECT_FALSE(read(column.reveal()).replaced);
}

TEST(RefreshTokenColumnTest, brings_back_the_token_before_and_when_it_was_replaced) {
    oauth::TokenSet tokens;
    tokens.refresh_token = SecretString("refresh-5");
    tokens.replaced =
        oauth::ReplacedToken{SecretString("refresh-4"), Time(std::chrono::milliseconds(1'800'000'000'123))};

    const oauth::TokenSet back = read(to_refresh_token_column(tokens).reveal());

    EXPECT_EQ(back.refresh_token.reveal(), "refresh-5");
    ASSERT_TRUE(back.replaced);
    EXPECT_EQ(back.replaced->refresh_token.reveal(), "refresh-4");
    EXPECT_EQ(back.replaced->at, tokens.replaced->at);
}

TEST(RefreshTokenColumnTest, is_empty_without_a_refresh_token) {
    EXPECT_TRUE(to_refresh_token_column({}).empty());
    EXPECT_TRUE(read("").refresh_token.empty());
}

TEST(RefreshTokenColumnTest, takes_refresh_tokens_of_any_bytes) {
    for (const std::string& any :
         {std::string("\x01"), std::string("\x01\0\0\0\0\0\0\0\x02hidden", 15), std::string("\0", 1)}) {
        oauth::TokenSet tokens;
        tokens.refresh_token = SecretString(any);

        EXPECT_EQ(read(to_refresh_token_column(tokens).reveal()).refresh_token.reveal(), any);
    }
}

TEST(RefreshTokenColumnTest, reads_what_an_earlier_version_wrote_whatever_it_is) {
    for (const std::string_view any : {"\x01", "\x01too short", "plain"})
        EXPECT_EQ(read(any).refresh_token.reveal(), any);
}

}  // namespace evergrant::storage
