// What is told of keys and certificates before they end.
#include "health/expiry_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evergrant::health {
namespace {

using std::chrono::days;
using std::chrono::seconds;

constexpr sys_seconds today = std::chrono::sys_days(std::chrono::year(2027) / 1 / 15);

/// A key of a year that ends in so long.
storage::EndingKey key_with(seconds left, seconds life = days(365)) {
    return {.id = "0123456789abcdef",
            .name = "billing",
            .expires_at = today + left,
            .created_at = today + left - life,
            .now = today};
}

TEST(ExpiryRulesTest, a_key_is_told_of_fourteen_seven_and_one_day_before_its_end) {
    struct Case {
        seconds left;
        unsigned notice;
    };
    for (const auto& [left, notice] :
         {Case{days(14) + seconds(1), 0}, Case{days(14), 14}, Case{days(7) + seconds(1), 14}, Case{days(7), 7},
          Case{days(2), 7}, Case{days(1), 1}, Case{seconds(1), 1}})
        EXPECT_EQ(notice_due(key_with(left)), notice) << left;
}

TEST(ExpiryRulesTest, no_notice_is_due_of_a_time_before_the_key_was_made) {
    EXPECT_EQ(notice_due(key_with(days(7), days(10))), 7U);
    EXPECT_EQ(notice_due(key_with(days(7) - seconds(1), days(7) - seconds(1))), 0U);
    EXPECT_EQ(notice_due(key_with(seconds(60), std::chrono::hours(1))), 0U);
}

TEST(ExpiryRulesTest, a_notice_names_the_key_and_its_day_and_is_told_once) {
    const Condition told = ending_key(key_with(days(7)), 7);

    EXPECT_EQ(told.reason,
              "The API key 0123456789abcdef (billing) ends on 2027-01-22: give who uses it another one by then.");
    EXPECT_TRUE(told.once);
    EXPECT_EQ(told.severity, storage::Severity::warning);
    EXPECT_EQ(ending_key(key_with(days(1)), 1).severity, storage::Severity::error);
}

TEST(ExpiryRulesTest, each_notice_of_each_key_is_an_alert_of_its_own) {
    storage::EndingKey another = key_with(days(7));
    another.id = "fedcba9876543210";

    EXPECT_NE(ending_key(key_with(days(7)), 7).subject, ending_key(key_with(days(7)), 14).subject);
    EXPECT_NE(ending_key(key_with(days(7)), 7).subject, ending_key(another, 7).subject);
}

CertificateFile file_with(std::vector<crypto::Certificate> certificates) {
    return {.setting = "redis.ca_file", .certificates = std::move(certificates)};
}

TEST(ExpiryRulesTest, a_certificate_is_told_of_from_fourteen_days_before_its_end_on) {
    EXPECT_FALSE(ending_certificate(file_with({{"CN=Our CA", today + days(14) + seconds(1)}}), today));
    const auto ending = ending_certificate(file_with({{"CN=Our CA", today + days(14)}}), today);
    const auto ended = ending_certificate(file_with({{"CN=Our CA", today}}), today);

    ASSERT_TRUE(ending && ended);
    EXPECT_EQ(ending->reason,
              "The certificate of CN=Our CA in the file of redis.ca_file ends on 2027-01-29: put the one in that "
              "replaces it.");
    EXPECT_FALSE(ending->once);
    EXPECT_THAT(ended->reason, ::testing::HasSubstr(" ended on 2027-01-15"));
    EXPECT_EQ(ending->subject, ended->subject);
}

TEST(ExpiryRulesTest, an_authority_whose_next_certificate_stands_beside_the_old_one_does_not_end) {
    EXPECT_FALSE(ending_certificate(
        file_with({{"CN=Our CA", today + days(3)}, {"CN=Our CA", today + days(900)}, {"CN=Other", today + days(90)}}),
        today));
    EXPECT_EQ(
        first_to_end({{"CN=Our CA", today + days(900)}, {"CN=Our CA", today}, {"CN=Other", today + days(90)}})->subject,
        "CN=Other");
}

TEST(ExpiryRulesTest, a_file_without_a_certificate_is_told_of) {
    const auto told = ending_certificate(file_with({}), today);

    ASSERT_TRUE(told);
    EXPECT_EQ(told->reason, "The file of redis.ca_file holds no certificate that can be read.");
}

}  // namespace
}  // namespace evergrant::health
