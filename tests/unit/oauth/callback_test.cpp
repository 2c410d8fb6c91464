#include "oauth/authorization_request.h"

#include <gtest/gtest.h>

#include <string>

namespace evergrant::oauth {
namespace {

TEST(CallbackTest, holds_what_a_provider_grants) {
    const auto callback = parse_callback("code=SplxlOBeZQQYbYS6WxSbIA&state=xyz&iss=https%3A%2F%2Fas.example");

    ASSERT_TRUE(callback);
    EXPECT_EQ(callback->code.reveal(), "SplxlOBeZQQYbYS6WxSbIA");
    EXPECT_EQ(callback->state, "xyz");
    EXPECT_EQ(callback->issuer, "https://as.example");
    EXPECT_TRUE(callback->error.empty());
    EXPECT_TRUE(callback->others.empty());
}

TEST(CallbackTest, holds_a_refusal_with_its_raw_description) {
    const auto callback = parse_callback("error=access_denied&error_description=%3Cb%3Eno%3C%2Fb%3E%0D%0Aline&state=x");

    ASSERT_TRUE(callback);
    EXPECT_EQ(callback->error, "access_denied");
    EXPECT_EQ(callback->error_description, "<b>no</b>\r\nline");
    EXPECT_TRUE(callback->code.empty());
}

TEST(CallbackTest, an_error_wins_over_a_code) {
    const auto callback = parse_callback("error=access_denied&code=abc&state=x");

    ASSERT_TRUE(callback);
    EXPECT_EQ(callback->error, "access_denied");
    EXPECT_TRUE(callback->code.empty());
}

TEST(CallbackTest, an_error_of_unsafe_characters_is_still_an_error) {
    const auto callback = parse_callback("error=%3C%3E&code=abc&state=x");

    ASSERT_TRUE(callback);
    EXPECT_EQ(callback->error, "unreadable_code");
    EXPECT_TRUE(callback->code.empty());
}

TEST(CallbackTest, an_errors_code_is_cut_to_64_safe_characters) {
    const auto callback = parse_callback("error=%3Cscript%3E" + std::string(100, 'x') + "&state=x");

    ASSERT_TRUE(callback);
    EXPECT_EQ(callback->error, "script" + std::string(58, 'x'));
}

TEST(CallbackTest, an_empty_error_is_no_error) {
    const auto callback = parse_callback("error=&code=abc&state=x");

    ASSERT_TRUE(callback);
    EXPECT_TRUE(callback->error.empty());
    EXPECT_EQ(callback->code.reveal(), "abc");
}

TEST(CallbackTest, keeps_what_providers_add_decoded) {
    const auto callback = parse_callback(
        "code=c&state=s&location=eu&accounts-server=https%3A%2F%2Faccounts.zoho.eu&shop=a.myshopify.com&realmId=1+2&="
        "x&");

    ASSERT_TRUE(callback);
    EXPECT_EQ(callback->others, (std::map<std::string, std::string>{{"location", "eu"},
                                                                    {"accounts-server", "https://accounts.zoho.eu"},
                                                                    {"shop", "a.myshopify.com"},
                                                                    {"realmId", "1 2"}}));
}

TEST(CallbackTest, an_empty_query_is_an_empty_callback) {
    const auto callback = parse_callback("");

    ASSERT_TRUE(callback);
    EXPECT_TRUE(callback->state.empty());
    EXPECT_TRUE(callback->code.empty());
}

TEST(CallbackTest, refuses_what_is_repeated_or_badly_encoded_without_quoting_it) {
    struct Case {
        std::string_view name;
        std::string_view query;
    };
    const Case cases[] = {
        {"code twice", "code=LEAK&code=LEAK&state=x"},
        {"state twice, once in disguise", "state=LEAK&st%61te=LEAK"},
        {"error twice", "error=LEAK&error=LEAK"},
        {"iss twice", "iss=LEAK&iss=LEAK"},
        {"a provider's own twice", "shop=LEAK&shop=LEAK&state=x&code=y"},
        {"cut-off escape", "state=LEAK%4"},
        {"no hex", "code=LEAK%xy&state=x"},
        {"NUL in the state", "state=LEAK%00"},
        {"NUL in another", "shop=LEAK%00.myshopify.com"},
        {"overlong UTF-8", "shop=LEAK%C0%AE%C0%AE"},
        {"line break in the code", "code=LEAK%0D%0AX-Header:1&state=x"},
        {"line break in the state", "state=LEAK%0A"},
        {"DEL in the issuer", "iss=LEAK%7F"},
        {"letters beyond ASCII in the state", "state=LEAK%C3%BC"},
    };
    for (const Case& c : cases) {
        const auto callback = parse_callback(c.query);
        ASSERT_FALSE(callback) << c.name;
        EXPECT_EQ(callback.error().code, Errc::invalid_request) << c.name;
        EXPECT_EQ(callback.error().message.find("LEAK"), std::string::npos) << c.name;
        EXPECT_TRUE(callback.error().detail.empty()) << c.name;
    }
}

std::string query_of(int parameters) {
    std::string query;
    for (int i = 0; i < parameters; ++i)
        query += "p" + std::to_string(i) + "=1&";
    return query;
}

TEST(CallbackTest, fifty_parameters_are_read_and_fifty_one_refused) {
    EXPECT_TRUE(parse_callback(query_of(50)));

    const auto refused = parse_callback(query_of(51));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::invalid_request);
}

TEST(CallbackTest, sixteen_kibibytes_are_read_and_one_byte_more_refused) {
    const std::string longest = "state=" + std::string(16 * 1024 - 6, 'a');

    EXPECT_TRUE(parse_callback(longest));

    const auto refused = parse_callback(longest + "a");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::invalid_request);
}

TEST(IssuerTest, follows_rfc_9207) {
    struct Case {
        std::string_view name;
        std::string_view received;
        std::string_view recorded;
        bool advertised;
        bool accepted;
    };
    const Case cases[] = {
        {"same", "https://as.example", "https://as.example", true, true},
        {"same, not advertised", "https://as.example", "https://as.example", false, true},
        {"missing, not advertised", "", "https://as.example", false, true},
        {"missing though advertised", "", "https://as.example", true, false},
        {"missing though advertised, nothing recorded", "", "", true, false},
        {"another", "https://evil.example", "https://as.example", true, false},
        {"another, not advertised", "https://evil.example", "https://as.example", false, false},
        {"a slash more", "https://as.example/", "https://as.example", true, false},
        {"other case", "https://AS.example", "https://as.example", true, false},
        {"default port", "https://as.example:443", "https://as.example", true, false},
        {"prefix", "https://as.example", "https://as.example/tenant", true, false},
        {"nothing recorded, not advertised", "https://as.example", "", false, true},
        {"nothing recorded though advertised", "https://as.example", "", true, false},
    };
    for (const Case& c : cases) {
        const auto checked = check_issuer(c.received, c.recorded, c.advertised);
        EXPECT_EQ(checked.has_value(), c.accepted) << c.name;
        if (!checked) {
            EXPECT_EQ(checked.error().code, Errc::invalid_request) << c.name;
        }
    }
}

TEST(IssuerTest, a_refusal_quotes_neither_issuer) {
    const auto checked = check_issuer("https://evil.example", "https://as.example", true);

    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().message.find("example"), std::string::npos);
}

// What Shopify's documentation signs, with the secret "hush".
constexpr std::string_view documented =
    "code=0907a61c0c8d55e99db179b68161bc00&hmac=700e2dadb827fcc8609e9d5ce208b2e9cdaab9df07390d2cbca10d7c328fc4bf"
    "&shop=some-shop.myshopify.com&state=0.6784241404160823&timestamp=1337178173";

TEST(HmacTest, the_documented_example_matches) {
    EXPECT_TRUE(hmac_matches(documented, SecretString("hush")));
}

TEST(HmacTest, the_order_of_the_query_does_not_matter) {
    EXPECT_TRUE(hmac_matches(
        "timestamp=1337178173&state=0.6784241404160823&shop=some-shop.myshopify.com"
        "&hmac=700e2dadb827fcc8609e9d5ce208b2e9cdaab9df07390d2cbca10d7c328fc4bf&code=0907a61c0c8d55e99db179b68161bc00",
        SecretString("hush")));
}

TEST(HmacTest, values_are_signed_decoded_or_fully_encoded) {
    constexpr std::string_view parameters = "code=a%2Fb%3Ac&protocol=https%3A%2F%2F&shop=s.myshopify.com&state=x&hmac=";

    EXPECT_TRUE(
        hmac_matches(std::string(parameters) + "f64326671fecdac7944941db99799126b3769af35b88aa1fedbb7015134c9437",
                     SecretString("hush")));
    EXPECT_TRUE(
        hmac_matches(std::string(parameters) + "9f0e5b91bf210acbd981a157da4e8a900f6ab88c1553cd1a2d8c08ffc3a86ac8",
                     SecretString("hush")));
}

TEST(HmacTest, delimiters_within_names_and_values_are_signed_escaped) {
    EXPECT_TRUE(
        hmac_matches("code=a%26b%25c%3Dd&k%3Dy=1&hmac=68c9cc8ff739c16c6c379572ce87d6fce49d69fc19e7c0a2cd3c70319a2d3491",
                     SecretString("hush")));
}

TEST(HmacTest, a_value_cannot_pose_as_a_parameter) {
    constexpr std::string_view of_two = "ef1537cfd31c3c21d86962bf28ec3637c4defa233ca9aa1be8ddf8e7b3c4470a";

    EXPECT_TRUE(hmac_matches("a=1&b=2&hmac=" + std::string(of_two), SecretString("hush")));
    EXPECT_FALSE(hmac_matches("a=1%26b%3D2&hmac=" + std::string(of_two), SecretString("hush")));
}

TEST(HmacTest, refuses_everything_else) {
    const std::string good(documented);
    const auto with = [&](std::string_view from, std::string_view to) {
        std::string query = good;
        return query.replace(query.find(from), from.size(), to);
    };
    struct Case {
        std::string_view name;
        std::string query;
    };
    const Case cases[] = {
        {"another shop", with("some-shop", "evil-shop")},
        {"another code", with("0907", "0908")},
        {"a parameter more", good + "&x=1"},
        {"a parameter less", with("&timestamp=1337178173", "")},
        {"another signature", with("hmac=700e", "hmac=800e")},
        {"a shorter signature", with("hmac=700e", "hmac=")},
        {"no signature", with("hmac=", "hmca=")},
        {"an empty signature", "a=1&hmac="},
        {"a signature that is not hex", with("hmac=700e", "hmac=zzzz")},
        {"two signatures", good + "&hmac=700e2dadb827fcc8609e9d5ce208b2e9cdaab9df07390d2cbca10d7c328fc4bf"},
        {"a repeated parameter", good + "&shop=some-shop.myshopify.com"},
        {"bad encoding", good + "&x=%"},
        {"nothing", ""},
        {"too long", good + "&" + std::string(16 * 1024, '&')},
    };
    for (const Case& c : cases)
        EXPECT_FALSE(hmac_matches(c.query, SecretString("hush"))) << c.name;
}

TEST(HmacTest, another_secret_does_not_match) {
    EXPECT_FALSE(hmac_matches(documented, SecretString("husH")));
}

TEST(HmacTest, an_empty_secret_signs_nothing) {
    // HMAC-SHA256 with an empty key over "a=1", which anybody can compute.
    EXPECT_FALSE(
        hmac_matches("a=1&hmac=16e9f8daa620c3475f24e3a38edc51d901f692b9e15b01c3c0681bc671b3e1f2", SecretString()));
}

}  // namespace
}  // namespace evergrant::oauth
