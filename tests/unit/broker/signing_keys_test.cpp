// Keys that sign for us: what is published when, and what signs.
#include "stage.h"

#include "crypto/strict_json.h"
#include "storage/signing_keys.h"
#include "switched_store.h"

namespace evergrant::broker {

using std::chrono::hours;
using std::chrono::minutes;

class SigningKeysTest : public Stage {
protected:
    SigningKeys& keys() { return use_cases().signing_keys; }
    std::string created(std::string algorithm = "ES256") { return run(keys().create(std::move(algorithm))).value().id; }
    std::string rotated(hours overlap = hours(24)) { return run(keys().rotate("ES256", overlap)).value().id; }
    std::string signing() {
        const auto signer = run(keys().signer("ES256", ""));
        return signer ? (*signer)->key_id() : "";
    }
    std::vector<std::string> published() {
        std::vector<std::string> ids;
        const auto set = crypto::parse_strict_object(run(keys().published()).value()).value();
        for (const auto& key : set.at("keys").as_array())
            ids.emplace_back(key.at("kid").as_string());
        return ids;
    }
};

TEST_F(SigningKeysTest, a_new_key_is_published_and_signs_at_once) {
    const std::string id = created();

    EXPECT_EQ(published(), std::vector{id});
    EXPECT_EQ(signing(), id);
}

TEST_F(SigningKeysTest, without_a_key_it_is_told_how_to_make_one) {
    const auto refused = run(keys().signer("ES256", ""));

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::missing_app_credentials);
    EXPECT_NE(refused.error().message.find("evergrant signing-keys create ES256"), std::string::npos);
}

TEST_F(SigningKeysTest, a_key_that_takes_over_is_published_before_it_signs_and_the_old_one_after_it_has_signed_last) {
    const std::string old = created();
    clock_.advance(minutes(1));
    const std::string next = rotated();

    EXPECT_EQ(signing(), old);
    EXPECT_EQ(published(), (std::vector{old, next}));
    clock_.advance(hours(24));
    EXPECT_EQ(signing(), next);
    EXPECT_EQ(published(), (std::vector{old, next}));
    clock_.advance(hours(24));
    EXPECT_EQ(published(), std::vector{next});
}

TEST_F(SigningKeysTest, a_key_that_is_being_replaced_is_not_replaced_twice) {
    created();
    rotated();

    EXPECT_FALSE(run(keys().rotate("ES256", hours(24))));
}

TEST_F(SigningKeysTest, of_several_keys_the_one_to_replace_is_named) {
    created();
    clock_.advance(minutes(1));
    const std::string second = created();

    clock_.advance(minutes(1));

    EXPECT_FALSE(run(keys().rotate("ES256", hours(24))));
    ASSERT_TRUE(run(keys().rotate("ES256", hours(24), second)));
    EXPECT_TRUE(run(keys().list()).value()[1].signs_until);
    EXPECT_FALSE(run(keys().list()).value()[0].signs_until);
}

TEST_F(SigningKeysTest, when_the_one_that_signs_is_taken_out_the_next_signs_before_its_time) {
    const std::string leaked = created();
    clock_.advance(minutes(1));
    const std::string next = rotated();

    ASSERT_TRUE(run(keys().remove(leaked)));

    EXPECT_EQ(signing(), next);
}

TEST_F(SigningKeysTest, a_key_added_later_signs_only_where_it_is_asked_for_by_its_id) {
    const std::string first = created();
    clock_.advance(minutes(1));
    const std::string second = created();

    EXPECT_EQ(signing(), first);
    EXPECT_EQ((*run(keys().signer("ES256", second)).value()).key_id(), second);
}

TEST_F(SigningKeysTest, a_key_made_elsewhere_is_used_like_one_of_ours) {
    const auto made = crypto::JwtSigner::generate("ES256").value();

    const auto imported = run(keys().import(made.private_key(), "ES256"));

    ASSERT_TRUE(imported);
    EXPECT_EQ(imported->id, made.key_id());
    EXPECT_EQ(signing(), made.key_id());
    EXPECT_EQ(run(keys().import(made.private_key(), "ES256")).error().code, Errc::conflict);
}

TEST_F(SigningKeysTest, a_key_removed_is_gone_at_once) {
    const std::string id = created();

    ASSERT_TRUE(run(keys().remove(id)));

    EXPECT_TRUE(published().empty());
    EXPECT_EQ(signing(), "");
    EXPECT_EQ(run(keys().remove(id)).error().code, Errc::not_found);
}

TEST_F(SigningKeysTest, another_algorithms_key_does_not_sign) {
    created("ES384");

    EXPECT_EQ(signing(), "");
}

TEST_F(SigningKeysTest, an_overlap_that_makes_no_sense_is_refused) {
    created();

    EXPECT_EQ(run(keys().rotate("ES256", std::chrono::seconds(-1))).error().code, Errc::invalid_request);
    EXPECT_EQ(run(keys().rotate("ES256", hours(24 * 91))).error().code, Errc::invalid_request);
}

TEST_F(SigningKeysTest, what_is_known_goes_on_signing_while_the_store_is_away) {
    evergrant::testing::SwitchedStore store(*store_);
    KeyRevision revision;
    SigningKeys own({.store = store, .revision = revision, .clock = clock_, .pool = disk_, .tell_change = [] {}});
    const auto made = run(own.create("ES256"));
    ASSERT_TRUE(run(own.signer("ES256", "")));
    store.away = true;
    clock_.advance(hours(1));

    EXPECT_TRUE(run(own.signer("ES256", "")));
    EXPECT_TRUE(run(own.published()));
}

}  // namespace evergrant::broker
