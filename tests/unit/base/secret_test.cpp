#include "base/secret.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstring>
#include <memory>
#include <ostream>
#include <string>

namespace evergrant {
namespace {

template <class T>
concept Printable = requires(std::ostream& out, const T& value) { out << value; };

static_assert(!std::copyable<SecretString>);
static_assert(!std::equality_comparable<SecretString>);
static_assert(!std::convertible_to<SecretString, std::string>);
static_assert(!std::convertible_to<std::string, SecretString>);
static_assert(!Printable<SecretString>);
static_assert(std::is_nothrow_move_constructible_v<SecretString>);

using Key = std::array<unsigned char, 16>;

/// Lets a test look at storage after what lived in it is gone.
template <class T>
class Storage {
public:
    T* make(auto value) { return std::construct_at(reinterpret_cast<T*>(bytes_.data()), std::move(value)); }
    [[nodiscard]] bool holds(std::string_view text) const {
        const auto found = std::search(bytes_.begin(), bytes_.end(), text.begin(), text.end(),
                                       [](unsigned char a, char b) { return a == static_cast<unsigned char>(b); });
        return found != bytes_.end();
    }

private:
    alignas(T) std::array<unsigned char, sizeof(T)> bytes_{};
};

TEST(SecretTest, a_short_string_is_wiped_when_it_goes) {
    Storage<SecretString> storage;
    SecretString* secret = storage.make(std::string("s3cr3t-token"));
    const bool held = storage.holds("s3cr3t-token");

    std::destroy_at(secret);

    EXPECT_TRUE(held);
    EXPECT_FALSE(storage.holds("s3cr3t"));
}

TEST(SecretTest, a_short_string_leaves_nothing_behind_when_it_moves) {
    Storage<SecretString> storage;
    SecretString* secret = storage.make(std::string("s3cr3t-token"));

    const SecretString moved = std::move(*secret);

    EXPECT_FALSE(storage.holds("s3cr3t"));
    EXPECT_EQ(moved.reveal(), "s3cr3t-token");
    std::destroy_at(secret);
}

TEST(SecretTest, a_long_string_keeps_its_value_when_it_moves) {
    SecretString secret(std::string(100, 'x'));

    const SecretString moved = std::move(secret);

    EXPECT_EQ(moved.reveal(), std::string(100, 'x'));
}

TEST(SecretTest, assignment_replaces_the_value) {
    SecretString secret(std::string("first"));

    secret = SecretString(std::string("second, which is longer than what fits in place"));

    EXPECT_EQ(secret.reveal(), "second, which is longer than what fits in place");
}

TEST(SecretTest, assignment_to_itself_keeps_the_value) {
    SecretString secret(std::string("value"));
    SecretString& same = secret;

    secret = std::move(same);

    EXPECT_EQ(secret.reveal(), "value");
}

TEST(SecretTest, a_clone_is_another_secret_of_equal_value) {
    const SecretString secret(std::string("value"));

    const SecretString clone = secret.clone();

    EXPECT_EQ(clone.reveal(), "value");
    EXPECT_NE(clone.reveal().data(), secret.reveal().data());
}

TEST(SecretTest, an_array_is_wiped_when_it_goes_and_when_it_moves) {
    Storage<Secret<Key>> storage;
    Key key{};
    std::ranges::copy(std::string_view("s3cr3t-key"), key.begin());
    Secret<Key>* secret = storage.make(key);
    const bool held = storage.holds("s3cr3t-key");

    const Secret<Key> moved = std::move(*secret);

    EXPECT_TRUE(held);
    EXPECT_FALSE(storage.holds("s3cr3t"));
    EXPECT_EQ(moved.reveal(), key);
    std::destroy_at(secret);
}

TEST(SecretTest, an_unset_secret_is_empty) {
    EXPECT_TRUE(SecretString().empty());
    EXPECT_FALSE(SecretString(std::string("x")).empty());
}

}  // namespace
}  // namespace evergrant
