#include "base/error.h"

#include <gtest/gtest.h>

#include <set>

namespace evergrant {
namespace {

/// Every code there is: the last enumerator is `cancelled`.
std::vector<Errc> all_codes() {
    std::vector<Errc> codes;
    for (unsigned value = 0; value <= static_cast<unsigned>(Errc::cancelled); ++value)
        codes.push_back(static_cast<Errc>(value));
    return codes;
}

TEST(ErrorTraitsTest, every_code_has_a_name_of_its_own_and_a_status_that_means_failure) {
    std::set<std::string_view> names;
    for (const Errc code : all_codes()) {
        const ErrorTraits traits = traits_of(code);
        EXPECT_TRUE(names.insert(traits.name).second) << traits.name;
        EXPECT_GE(traits.http_status, 400U) << traits.name;
        EXPECT_LT(traits.http_status, 600U) << traits.name;
    }
}

TEST(ErrorTraitsTest, the_contract_never_answers_422) {
    for (const Errc code : all_codes())
        EXPECT_NE(traits_of(code).http_status, 422U);
}

struct Case {
    Errc code;
    std::string_view name;
    unsigned status;
};

TEST(ErrorTraitsTest, the_codes_of_the_http_contract_have_the_status_it_says) {
    const std::vector<Case> cases{
        {Errc::authentication_required, "authentication_required", 401},
        {Errc::invalid_credentials, "invalid_credentials", 401},
        {Errc::token_expired, "token_expired", 401},
        {Errc::forbidden, "forbidden", 403},
        {Errc::tenant_not_found, "tenant_not_found", 404},
        {Errc::no_connection, "no_connection", 404},
        {Errc::unknown_provider, "unknown_provider", 400},
        {Errc::missing_app_credentials, "missing_app_credentials", 400},
        {Errc::invalid_state, "invalid_state", 400},
        {Errc::reauthorization_required, "reauthorization_required", 409},
        {Errc::payload_too_large, "payload_too_large", 413},
        {Errc::rate_limited, "rate_limited", 429},
        {Errc::provider_error, "provider_error", 502},
        {Errc::store_unavailable, "store_unavailable", 503},
        {Errc::provider_timeout, "provider_timeout", 504},
    };
    for (const Case& c : cases) {
        EXPECT_EQ(traits_of(c.code).name, c.name);
        EXPECT_EQ(traits_of(c.code).http_status, c.status) << c.name;
    }
}

TEST(FailureTest, an_invalid_field_names_itself) {
    const Result<int> result = invalid_field("provider", "There is no such provider.");

    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, Errc::invalid_request);
    ASSERT_EQ(result.error().fields.size(), 1U);
    EXPECT_EQ(result.error().fields[0].field, "provider");
    EXPECT_EQ(result.error().fields[0].message, "There is no such provider.");
}

TEST(FailureTest, the_detail_is_apart_from_the_message) {
    const Result<int> result = failure(Errc::provider_error, "The provider answered with an error.", "upstream text");

    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().message.find("upstream"), std::string::npos);
    EXPECT_EQ(result.error().detail, "upstream text");
}

}  // namespace
}  // namespace evergrant
