// Whose certificates are in a text, and when they end.
#include "crypto/certificate.h"
#include "certificates.h"

#include <gtest/gtest.h>
#include <openssl/err.h>

namespace evergrant::crypto {
namespace {

using evergrant::testing::self_signed_certificate;

constexpr sys_seconds some_day{std::chrono::seconds(1'800'000'000)};

TEST(CertificateTest, each_of_a_bundle_is_read_with_its_subject_and_its_end) {
    const std::string bundle = "# our authorities\n" + self_signed_certificate("Old CA", some_day) + "\n" +
                               self_signed_certificate("Bäcker CA", some_day + std::chrono::days(400));

    const auto certificates = read_certificates(bundle);

    ASSERT_EQ(certificates.size(), 2U);
    EXPECT_EQ(certificates[0].subject, "CN=Old CA");
    EXPECT_EQ(certificates[0].ends_at, some_day);
    EXPECT_EQ(certificates[1].subject, "CN=Bäcker CA");
    EXPECT_EQ(certificates[1].ends_at, some_day + std::chrono::days(400));
}

TEST(CertificateTest, an_end_after_2050_is_read) {
    const sys_seconds far = std::chrono::sys_days(std::chrono::year(9999) / 12 / 31);

    EXPECT_EQ(read_certificates(self_signed_certificate("For ever", far)).at(0).ends_at, far);
}

TEST(CertificateTest, other_things_beside_it_are_passed_over) {
    const std::string key = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n";

    EXPECT_EQ(read_certificates(key + self_signed_certificate("Ours", some_day)).size(), 1U);
}

TEST(CertificateTest, what_is_no_certificate_gives_none_and_leaves_no_error_behind) {
    EXPECT_TRUE(read_certificates("").empty());
    EXPECT_TRUE(read_certificates("nonsense").empty());
    EXPECT_TRUE(read_certificates("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").empty());
    EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST(CertificateTest, what_stands_before_a_broken_one_is_read) {
    const std::string text = self_signed_certificate("Ours", some_day) + "-----BEGIN CERTIFICATE-----\nAAAA\n";

    EXPECT_EQ(read_certificates(text).size(), 1U);
}

}  // namespace
}  // namespace evergrant::crypto
