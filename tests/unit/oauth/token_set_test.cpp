#include "oauth/token_set.h"

#include <gtest/gtest.h>

namespace evergrant::oauth {
namespace {

using namespace std::chrono_literals;

TokenSet spent_tokens() {
    TokenSet tokens;
    tokens.access_token = SecretString("old-access");
    tokens.refresh_token = SecretString("old-refresh");
    tokens.token_type = "bearer";
    tokens.expires_at = sys_seconds(1000s);
    tokens.lifetime = 600s;
    tokens.scopes = {"read", "write"};
    tokens.metadata = {{"api_domain", "https://old.example"}, {"owner", "ada"}};
    return tokens;
}

TokenSet answered_tokens() {
    TokenSet tokens;
    tokens.access_token = SecretString("new-access");
    tokens.expires_at = sys_seconds(5000s);
    tokens.lifetime = 3600s;
    return tokens;
}

TEST(TokenSetTest, a_clone_equals_its_original_in_every_member) {
    const TokenSet original = spent_tokens();

    const TokenSet copy = original.clone();

    EXPECT_EQ(copy.access_token.reveal(), "old-access");
    EXPECT_EQ(copy.refresh_token.reveal(), "old-refresh");
    EXPECT_EQ(copy.token_type, "bearer");
    EXPECT_EQ(copy.expires_at, sys_seconds(1000s));
    EXPECT_EQ(copy.lifetime, 600s);
    EXPECT_EQ(copy.scopes, original.scopes);
    EXPECT_EQ(copy.metadata, original.metadata);
}

TEST(TokenSetTest, a_new_refresh_token_replaces_the_old) {
    TokenSet answer = answered_tokens();
    answer.refresh_token = SecretString("new-refresh");

    EXPECT_EQ(merge_refreshed(spent_tokens(), std::move(answer)).refresh_token.reveal(), "new-refresh");
}

TEST(TokenSetTest, an_absent_refresh_token_keeps_the_old) {
    EXPECT_EQ(merge_refreshed(spent_tokens(), answered_tokens()).refresh_token.reveal(), "old-refresh");
}

TEST(TokenSetTest, a_grant_without_refresh_token_stays_without) {
    TokenSet spent = spent_tokens();
    spent.refresh_token = SecretString();

    EXPECT_TRUE(merge_refreshed(spent, answered_tokens()).refresh_token.empty());
}

TEST(TokenSetTest, the_access_token_and_its_times_are_the_answers) {
    const TokenSet merged = merge_refreshed(spent_tokens(), answered_tokens());

    EXPECT_EQ(merged.access_token.reveal(), "new-access");
    EXPECT_EQ(merged.expires_at, sys_seconds(5000s));
    EXPECT_EQ(merged.lifetime, 3600s);
    EXPECT_EQ(merged.token_type, "Bearer");
}

TEST(TokenSetTest, an_answer_that_does_not_expire_forgets_the_old_expiry) {
    TokenSet answer = answered_tokens();
    answer.expires_at.reset();
    answer.lifetime = 0s;

    EXPECT_EQ(merge_refreshed(spent_tokens(), std::move(answer)).expires_at, std::nullopt);
}

TEST(TokenSetTest, scopes_absent_from_the_answer_are_those_of_before) {
    EXPECT_EQ(merge_refreshed(spent_tokens(), answered_tokens()).scopes, (std::vector<std::string>{"read", "write"}));
}

TEST(TokenSetTest, scopes_of_the_answer_win) {
    TokenSet answer = answered_tokens();
    answer.scopes = {"read"};

    EXPECT_EQ(merge_refreshed(spent_tokens(), std::move(answer)).scopes, std::vector<std::string>{"read"});
}

TEST(TokenSetTest, metadata_is_merged_and_the_answers_members_win) {
    TokenSet answer = answered_tokens();
    answer.metadata = {{"api_domain", "https://new.example"}, {"tier", 2}};

    const TokenSet merged = merge_refreshed(spent_tokens(), std::move(answer));

    EXPECT_EQ(merged.metadata,
              (boost::json::object{{"api_domain", "https://new.example"}, {"owner", "ada"}, {"tier", 2}}));
}

}  // namespace
}  // namespace evergrant::oauth
