#include "broker/renewal_link.h"

#include "crypto/encoding.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace evergrant::broker {

namespace {

const Instant told{std::chrono::seconds(1'800'000'000)};
const RenewalSubject subject{.key = {.tenant = TenantId("acme"), .integration = IntegrationId("crm")},
                             .provider = ProviderId("demo")};

crypto::AeadKey key(unsigned char fill) {
    std::array<std::byte, 32> bytes{};
    bytes.fill(std::byte{fill});
    return crypto::AeadKey(bytes);
}

RenewalLinks links(std::initializer_list<unsigned char> fills) {
    std::vector<crypto::AeadKey> keys;
    for (const unsigned char fill : fills)
        keys.push_back(key(fill));
    return {std::move(keys), "https://evergrant.example"};
}

std::string last_part(const std::string& url) {
    return url.substr(url.rfind('/') + 1);
}

std::string made(std::initializer_list<unsigned char> fills) {
    return last_part(links(fills).url_of(subject, told));
}

}  // namespace

TEST(RenewalLinkTest, names_its_connection_to_who_holds_the_key) {
    const auto read = links({1}).read(made({1}), told);

    ASSERT_TRUE(read);
    EXPECT_EQ(read->key, subject.key);
    EXPECT_EQ(read->provider, subject.provider);
}

TEST(RenewalLinkTest, is_an_address_of_this_server_and_the_same_each_time_it_is_told) {
    const std::string url = links({1}).url_of(subject, told);

    EXPECT_TRUE(url.starts_with("https://evergrant.example/api/oauth/renew/"));
    EXPECT_EQ(links({1}).url_of(subject, told), url);
}

TEST(RenewalLinkTest, is_read_under_any_key_of_the_ring_and_made_under_the_first) {
    EXPECT_TRUE(links({2, 1}).read(made({1}), told));
    EXPECT_TRUE(links({2}).read(made({2, 1}), told));
    EXPECT_FALSE(links({1}).read(made({2, 1}), told));
}

TEST(RenewalLinkTest, of_another_key_is_none) {
    EXPECT_FALSE(links({2}).read(made({1}), told));
}

TEST(RenewalLinkTest, is_good_for_fourteen_days) {
    EXPECT_TRUE(links({1}).read(made({1}), told + RenewalLinks::life - std::chrono::seconds(1)));
    EXPECT_FALSE(links({1}).read(made({1}), told + RenewalLinks::life));
}

TEST(RenewalLinkTest, with_any_bit_changed_is_none) {
    const std::string bytes = *crypto::from_base64url(made({1}));

    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        std::string forged = bytes;
        forged[bit / 8] = static_cast<char>(static_cast<unsigned char>(forged[bit / 8]) ^ (1U << (bit % 8)));
        EXPECT_FALSE(links({1}).read(crypto::to_base64url(crypto::bytes_of(forged)), told)) << bit;
    }
}

TEST(RenewalLinkTest, cut_short_or_lengthened_is_none) {
    const std::string whole = made({1});

    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_FALSE(links({1}).read(whole.substr(0, size), told)) << size;
    EXPECT_FALSE(links({1}).read(whole + "A", told));
    EXPECT_FALSE(links({1}).read(std::string(100'000, 'A'), told));
}

}  // namespace evergrant::broker
