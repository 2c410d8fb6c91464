#include "crypto/aead.h"
#include "crypto/encoding.h"
#include "storage/sealer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace evergrant::storage {
namespace {

const std::string first_key = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const std::string second_key = "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100";

Result<KeyRing> parse(std::initializer_list<std::string> keys) {
    std::vector<SecretString> secrets;
    for (const auto& key : keys)
        secrets.emplace_back(key);
    return KeyRing::parse(secrets);
}

TEST(KeyRingTest, the_first_key_is_the_primary_one) {
    const auto ring = parse({first_key, second_key});

    ASSERT_TRUE(ring);
    EXPECT_EQ(crypto::to_hex(ring->primary().key.reveal()), first_key);
}

TEST(KeyRingTest, every_key_is_found_by_its_id) {
    const auto ring = parse({first_key, second_key});
    const auto alone = parse({second_key});
    ASSERT_TRUE(ring && alone);

    const auto* found = ring->find(alone->primary().id);

    ASSERT_NE(found, nullptr);
    EXPECT_EQ(crypto::to_hex(found->key.reveal()), second_key);
    EXPECT_EQ(ring->find(ring->primary().id), &ring->primary());
    EXPECT_EQ(ring->find("00000000"), nullptr);
}

TEST(KeyRingTest, an_id_is_eight_digits_that_do_not_show_the_key) {
    const auto ring = parse({first_key});

    ASSERT_TRUE(ring);
    EXPECT_EQ(ring->primary().id.size(), 8U);
    EXPECT_EQ(first_key.find(ring->primary().id), std::string::npos);
}

TEST(KeyRingTest, digits_may_be_capital) {
    const auto small = parse({first_key});
    const auto capital = parse({"00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF"});

    ASSERT_TRUE(small && capital);
    EXPECT_EQ(small->primary().id, capital->primary().id);
}

TEST(KeyRingTest, derives_another_key_for_each_purpose_and_master_key) {
    const auto ring = parse({first_key, second_key});
    ASSERT_TRUE(ring);

    const auto journal = crypto::to_hex(ring->derive("journal").reveal());
    const auto other = crypto::to_hex(ring->derive("other").reveal());
    const auto all = ring->derive_all("journal");

    EXPECT_NE(journal, other);
    EXPECT_NE(journal, first_key);
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(crypto::to_hex(all[0].reveal()), journal);
    EXPECT_NE(crypto::to_hex(all[1].reveal()), journal);
}

struct Case {
    std::string_view name;
    std::string key;
};

TEST(KeyRingTest, refuses_keys_that_are_short_malformed_or_trivial_without_repeating_them) {
    const Case cases[] = {
        {"an empty key", ""},
        {"63 digits", first_key.substr(1)},
        {"65 digits", first_key + "0"},
        {"32 letters", "this-is-a-passphrase-of-32-bytes"},
        {"a letter that is no digit", first_key.substr(1) + "g"},
        {"64 bytes, none of them a digit", std::string(64, '\xff')},
        {"a space around", first_key.substr(2) + " \n"},
        {"one digit repeated", std::string(64, '0')},
        {"another digit repeated", std::string(64, 'F')},
    };

    for (const auto& [name, key] : cases) {
        SCOPED_TRACE(name);

        const auto ring = parse({second_key, key});

        ASSERT_FALSE(ring);
        EXPECT_EQ(ring.error().code, Errc::invalid_request);
        EXPECT_TRUE(ring.error().message.starts_with("Master key 2 ")) << ring.error().message;
        EXPECT_TRUE(ring.error().detail.empty());
        EXPECT_TRUE(key.empty() || ring.error().message.find(key) == std::string::npos);
    }
}

TEST(KeyRingTest, refuses_to_be_empty) {
    const auto ring = parse({});

    ASSERT_FALSE(ring);
    EXPECT_EQ(ring.error().code, Errc::invalid_request);
    EXPECT_EQ(ring.error().message, "There is no master key; make one with `openssl rand -hex 32`.");
}

}  // namespace
}  // namespace evergrant::storage
