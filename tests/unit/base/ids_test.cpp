#include "base/ids.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <unordered_set>

namespace evergrant {
namespace {

TEST(NameTest, letters_digits_dots_dashes_and_underscores_make_a_name) {
    for (const std::string_view text : {"a", "Z", "0", "acme-1", "a.b_c-d", "9lives"})
        EXPECT_TRUE(TenantId::parse(text).has_value()) << text;
}

TEST(NameTest, what_could_be_misread_in_a_path_or_a_query_is_refused) {
    for (const std::string_view text :
         {"", ".", "..", "-a", "_a", ".a", "a/b", "a b", "a%2e", "a\n", "a:b", "caf\u00e9", "a*"})
        EXPECT_FALSE(TenantId::parse(text).has_value()) << text;
}

TEST(NameTest, a_zero_byte_is_refused) {
    EXPECT_FALSE(TenantId::parse(std::string_view("a\0b", 3)).has_value());
}

TEST(NameTest, a_name_has_at_most_128_characters) {
    EXPECT_TRUE(TenantId::parse(std::string(128, 'a')).has_value());
    EXPECT_FALSE(TenantId::parse(std::string(129, 'a')).has_value());
}

TEST(ConnectionKeyTest, the_border_between_tenant_and_integration_counts) {
    const ConnectionKey one{.tenant = TenantId("ab"), .integration = IntegrationId("c")};
    const ConnectionKey other{.tenant = TenantId("a"), .integration = IntegrationId("bc")};

    EXPECT_NE(one, other);
    EXPECT_NE(std::hash<ConnectionKey>{}(one), std::hash<ConnectionKey>{}(other));
}

TEST(ConnectionKeyTest, equal_keys_hash_equally) {
    const ConnectionKey one{.tenant = TenantId("acme"), .integration = IntegrationId("zoho_crm")};
    const ConnectionKey same = one;

    EXPECT_EQ(std::hash<ConnectionKey>{}(one), std::hash<ConnectionKey>{}(same));
    EXPECT_EQ(std::hash<ConnectionKey>{}(one), hash_of("acme", "zoho_crm"));
}

TEST(ConnectionKeyTest, keys_of_many_tenants_spread_over_the_shards) {
    constexpr std::size_t shards = 4;
    std::array<int, shards> counts{};
    for (int i = 0; i < 4000; ++i)
        ++counts[hash_of("tenant-" + std::to_string(i), "zoho_crm") % shards];

    for (const int count : counts) {
        EXPECT_GT(count, 800);
        EXPECT_LT(count, 1200);
    }
}

}  // namespace
}  // namespace evergrant
