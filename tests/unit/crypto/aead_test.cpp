#include "crypto/aead.h"

#include "crypto/encoding.h"
#include "scripted_random.h"

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <sys/mman.h>

#include <algorithm>
#include <stdexcept>
#include <string>

namespace evergrant::crypto {
namespace {

using testing::ScriptedRandom;

std::string bytes_from(std::string_view hex) {
    return from_hex(hex).value();
}

AeadKey key_from(std::string_view hex) {
    const auto bytes = bytes_from(hex);
    std::array<std::byte, 32> key{};
    std::ranges::copy(bytes_of(bytes), key.begin());
    return AeadKey(key);
}

const std::string some_key(64, 'a');

struct Vector {
    std::string_view name;
    std::string_view key;
    std::string_view nonce;
    std::string_view associated_data;
    std::string_view plaintext;
    std::string_view ciphertext;
    std::string_view tag;
};

// McGrew and Viega, "The Galois/Counter Mode of Operation", submitted to NIST, appendix B.
constexpr Vector vectors[] = {
    {"test case 13", "0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000", "",
     "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
    {"test case 14", "0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000", "",
     "00000000000000000000000000000000", "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919"},
    {"test case 16", "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657"
     "ba637b39",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0a"
     "bcc9f662",
     "76fc6ece0f4e1768cddf8853bb2d551b"},
};

TEST(AeadTest, seals_as_nist_says) {
    for (const auto& vector : vectors) {
        SCOPED_TRACE(vector.name);
        ScriptedRandom random(bytes_from(vector.nonce));

        const auto box =
            aead_seal(key_from(vector.key), bytes_from(vector.plaintext), bytes_from(vector.associated_data), random);

        EXPECT_EQ(to_hex(bytes_of(box)),
                  std::string(vector.nonce) + std::string(vector.ciphertext) + std::string(vector.tag));
    }
}

TEST(AeadTest, opens_as_nist_says) {
    for (const auto& vector : vectors) {
        SCOPED_TRACE(vector.name);
        const auto box = bytes_from(vector.nonce) + bytes_from(vector.ciphertext) + bytes_from(vector.tag);

        const auto opened = aead_open(key_from(vector.key), box, bytes_from(vector.associated_data));

        ASSERT_TRUE(opened);
        EXPECT_EQ(to_hex(bytes_of(opened->reveal())), vector.plaintext);
    }
}

TEST(AeadTest, a_box_is_longer_than_its_content_by_nonce_and_tag) {
    SystemRandom random;

    EXPECT_EQ(aead_seal(key_from(some_key), "", "", random).size(), aead_overhead);
    EXPECT_EQ(aead_seal(key_from(some_key), "12345", "associated", random).size(), 5 + aead_overhead);
}

TEST(AeadTest, the_same_content_is_never_sealed_alike) {
    SystemRandom random;

    EXPECT_NE(aead_seal(key_from(some_key), "content", "", random),
              aead_seal(key_from(some_key), "content", "", random));
}

TEST(AeadTest, refuses_a_box_with_any_bit_flipped) {
    SystemRandom random;
    const auto box = aead_seal(key_from(some_key), "content", "place", random);

    for (std::size_t bit = 0; bit < box.size() * 8; ++bit) {
        SCOPED_TRACE(bit);
        auto changed = box;
        changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));

        EXPECT_FALSE(aead_open(key_from(some_key), changed, "place"));
    }
}

TEST(AeadTest, refuses_a_box_cut_at_any_byte) {
    SystemRandom random;
    const auto box = aead_seal(key_from(some_key), "content", "place", random);

    for (std::size_t size = 0; size < box.size(); ++size) {
        SCOPED_TRACE(size);

        EXPECT_FALSE(aead_open(key_from(some_key), std::string_view(box).substr(0, size), "place"));
        EXPECT_FALSE(aead_open(key_from(some_key), std::string_view(box).substr(box.size() - size), "place"));
    }
}

TEST(AeadTest, refuses_other_associated_data_and_another_key) {
    SystemRandom random;
    const auto box = aead_seal(key_from(some_key), "content", "place", random);

    EXPECT_TRUE(aead_open(key_from(some_key), box, "place"));
    EXPECT_FALSE(aead_open(key_from(some_key), box, "plac"));
    EXPECT_FALSE(aead_open(key_from(some_key), box, ""));
    EXPECT_FALSE(aead_open(key_from(std::string(64, 'b')), box, "place"));
}

/// Two gibibytes of addresses that no byte stands behind.
class ReservedAddresses {
public:
    ReservedAddresses() : begin_(::mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)) {
        if (begin_ == MAP_FAILED)
            throw std::runtime_error("no addresses");
    }
    ~ReservedAddresses() { ::munmap(begin_, size); }
    ReservedAddresses(const ReservedAddresses&) = delete;
    ReservedAddresses& operator=(const ReservedAddresses&) = delete;

    [[nodiscard]] std::string_view text() const { return {static_cast<const char*>(begin_), size}; }

private:
    static constexpr std::size_t size = std::size_t{1} << 31U;
    void* begin_;
};

TEST(AeadTest, refuses_two_gibibytes_before_it_reads_them) {
    const ReservedAddresses large;
    SystemRandom random;

    EXPECT_THROW((void)aead_seal(key_from(some_key), large.text(), "", random), std::length_error);
    EXPECT_THROW((void)aead_seal(key_from(some_key), "", large.text(), random), std::length_error);
    EXPECT_FALSE(aead_open(key_from(some_key), large.text(), ""));
    EXPECT_FALSE(aead_open(key_from(some_key), std::string(64, 'x'), large.text()));
}

TEST(AeadTest, a_refused_box_leaves_no_error_for_the_next_tls_connection) {
    ERR_clear_error();

    EXPECT_FALSE(aead_open(key_from(some_key), std::string(64, 'x'), ""));

    EXPECT_EQ(ERR_peek_error(), 0U);
}

}  // namespace
}  // namespace evergrant::crypto
