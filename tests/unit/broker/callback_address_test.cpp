#include "authorizer_fixture.h"

namespace evergrant::broker {

class ProvidersOwnAddressTest : public AuthorizerTest {
protected:
    ProvidersOwnAddressTest() { options_.redirects.mode = RedirectUriMode::per_provider; }
};

class ContextsOwnAddressTest : public AuthorizerTest {
protected:
    ContextsOwnAddressTest() { options_.redirects.mode = RedirectUriMode::per_context; }
};

TEST_F(ProvidersOwnAddressTest, is_where_a_callback_obtains_the_grant) {
    const auto link = started();

    EXPECT_TRUE(come_back("code=the-code&state=" + link.state, {}, "/api/oauth/callback/demo"));
}

TEST_F(ProvidersOwnAddressTest, is_missed_by_a_callback_at_anothers_which_is_refused_and_spends_the_state) {
    const auto link = started();

    const auto mixed_up = come_back("code=the-code&state=" + link.state, {}, "/api/oauth/callback/hubspot");
    const auto afterwards = come_back("code=the-code&state=" + link.state, {}, "/api/oauth/callback/demo");

    EXPECT_EQ(mixed_up.error().code, Errc::invalid_state);
    EXPECT_EQ(afterwards.error().code, Errc::invalid_state);
    EXPECT_EQ(provider_.requests(), 0U);
}

TEST_F(ProvidersOwnAddressTest, is_missed_by_a_callback_at_the_one_that_all_share) {
    const auto link = started();

    EXPECT_EQ(come_back("code=the-code&state=" + link.state).error().code, Errc::invalid_state);
    EXPECT_EQ(provider_.requests(), 0U);
}

TEST_F(ContextsOwnAddressTest, is_where_a_callback_obtains_the_grant) {
    const auto link = started();

    EXPECT_TRUE(come_back("code=the-code&state=" + link.state, {}, "/api/oauth/callback/demo/acme"));
}

TEST_F(ContextsOwnAddressTest, is_missed_by_a_callback_at_another_tenants) {
    const auto link = started();

    const auto mixed_up = come_back("code=the-code&state=" + link.state, {}, "/api/oauth/callback/demo/globex");

    EXPECT_EQ(mixed_up.error().code, Errc::invalid_state);
    EXPECT_EQ(provider_.requests(), 0U);
}

}  // namespace evergrant::broker
