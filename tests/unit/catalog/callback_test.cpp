#include "reading.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evergrant::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

Provider callback_provider() {
    return testing::read_with(
        "parameters:\n"
        "  - {name: server, allowed: ['https://a.example', 'https://b.example'], default: 'https://a.example'}\n"
        "  - {name: shop, pattern: '[a-z]+'}\n"
        "callback:\n"
        "  parameters: {accounts-server: server}\n"
        "  keep: [location, realmId]\n"
        "  must_equal: {shop: '${params.shop}.acme.example'}\n");
}

const Parameters started_with{{"server", "https://a.example"}, {"shop", "mine"}};

TEST(CallbackTest, what_it_brings_becomes_a_parameter) {
    const auto params = apply_callback(callback_provider(), started_with,
                                       {{"shop", "mine.acme.example"}, {"accounts-server", "https://b.example"}});

    EXPECT_THAT(params.value(), ElementsAre(Pair("server", "https://b.example"), Pair("shop", "mine")));
}

TEST(CallbackTest, what_it_does_not_bring_stays) {
    const auto params = apply_callback(callback_provider(), started_with, {{"shop", "mine.acme.example"}});

    EXPECT_EQ(params.value(), started_with);
}

TEST(CallbackTest, a_server_that_is_not_allowed_is_refused) {
    const auto params = apply_callback(callback_provider(), started_with,
                                       {{"shop", "mine.acme.example"}, {"accounts-server", "https://evil.example"}});

    EXPECT_EQ(params.error().fields.at(0).field, "params.server");
}

TEST(CallbackTest, another_shop_than_the_one_asked_for_is_refused) {
    for (const auto& others : {std::map<std::string, std::string>{{"shop", "other.acme.example"}}, {}}) {
        const auto params = apply_callback(callback_provider(), started_with, others);

        ASSERT_FALSE(params);
        EXPECT_EQ(params.error().message, "The callback's \"shop\" is not that of the authorization it answers.");
    }
}

TEST(CallbackTest, nothing_equals_a_parameter_that_was_not_given) {
    const auto params = apply_callback(callback_provider(), {}, {{"shop", ".acme.example"}});

    EXPECT_EQ(params.error().fields.at(0).field, "params.shop");
}

TEST(CallbackTest, keeps_what_the_entry_names_and_no_more) {
    const auto kept = kept_of_callback(callback_provider(), {{"location", "eu"}, {"other", "x"}});

    EXPECT_EQ(kept, (boost::json::object{{"location", "eu"}}));
}

TEST(CallbackTest, keeps_at_most_512_bytes_of_a_value) {
    const auto kept = kept_of_callback(callback_provider(), {{"location", std::string(1000, 'x')}});

    EXPECT_EQ(kept.at("location").as_string().size(), 512U);
}

}  // namespace
}  // namespace evergrant::catalog
