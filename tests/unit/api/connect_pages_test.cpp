#include "api/connect_pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace evergrant::api {

namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view forged = "<script>\"'&";
constexpr std::string_view forged_escaped = "&lt;script&gt;&quot;&#39;&amp;";

std::string header(const net::Response& response, std::string_view name) {
    const auto found = std::ranges::find(response.headers, name, [](const auto& one) { return one.first; });
    return found == response.headers.end() ? "" : found->second;
}

catalog::Provider shop() {
    catalog::Provider provider;
    provider.id = ProviderId("shop");
    provider.name = "Shop";
    provider.scopes = {"orders", "odd:scope"};
    provider.scope_descriptions = {{"orders", "See your orders"}};
    catalog::ValueRule name;
    name.name = "shop";
    name.label = "Shop name";
    name.description = "What stands before .shop.example.";
    name.example = "acme-store";
    name.pattern = "[a-z-]+";
    name.required = true;
    name.asked_of = catalog::AskedOf::person;
    catalog::ValueRule secret;
    secret.name = "token_url";
    secret.pattern = ".*";
    provider.parameters = {name, secret};
    return provider;
}

broker::ConnectView view_of(const catalog::Provider& provider,
                            broker::ConnectState state = broker::ConnectState::pending) {
    broker::ConnectView view;
    view.status.session.id = "the-id";
    view.status.session.tenant = TenantId("acme");
    view.status.session.provider = provider.id;
    view.status.session.return_origin = "https://app.example";
    view.status.state = state;
    view.may_begin = state != broker::ConnectState::connected;
    view.tenant_name = "Acme GmbH";
    view.providers = {&provider};
    return view;
}

ConnectForm form_of(const catalog::Provider& provider) {
    ConnectForm form;
    form.provider = &provider;
    return form;
}

}  // namespace

TEST(ConnectPageTest, loads_from_this_server_alone_and_stands_in_no_frame) {
    const catalog::Provider provider = shop();

    const auto page = choose_provider_page(view_of(provider));

    EXPECT_EQ(header(page, "Content-Security-Policy"),
              "default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'; form-action 'self'; "
              "frame-ancestors 'none'");
    EXPECT_EQ(header(page, "Referrer-Policy"), "no-referrer");
    EXPECT_EQ(header(page, "Cache-Control"), "no-store");
}

TEST(ConnectPageTest, shows_names_escaped) {
    catalog::Provider provider = shop();
    provider.name = forged;
    provider.description = forged;
    broker::ConnectView view = view_of(provider);
    view.tenant_name = forged;

    for (const auto& page : {choose_provider_page(view), consent_page(view, form_of(provider))}) {
        EXPECT_THAT(page.body, Not(HasSubstr(forged)));
        EXPECT_THAT(page.body, HasSubstr(forged_escaped));
    }
}

TEST(ConnectPageTest, shows_what_a_person_gave_escaped) {
    const catalog::Provider provider = shop();
    ConnectForm form = form_of(provider);
    form.given["shop"] = forged;
    form.problems.push_back({"shop", "This cannot be right."});

    const auto page = consent_page(view_of(provider), form);

    EXPECT_THAT(page.body, Not(HasSubstr(forged)));
    EXPECT_THAT(page.body, HasSubstr(forged_escaped));
}

TEST(ConnectPageTest, asks_for_what_a_person_may_give_alone) {
    const catalog::Provider provider = shop();

    const auto page = consent_page(view_of(provider), form_of(provider));

    EXPECT_THAT(page.body, HasSubstr("name=\"params.shop\""));
    EXPECT_THAT(page.body, Not(HasSubstr("token_url")));
}

TEST(ConnectPageTest, says_in_plain_words_what_is_asked_for_and_as_it_is_what_it_does_not_know) {
    const catalog::Provider provider = shop();

    const auto page = consent_page(view_of(provider), form_of(provider));

    EXPECT_THAT(page.body, HasSubstr("<li>See your orders</li><li><code>odd:scope</code></li>"));
}

TEST(ConnectPageTest, leads_from_the_summary_to_each_field_that_is_wrong) {
    const catalog::Provider provider = shop();
    ConnectForm form = form_of(provider);
    form.problems.push_back({"shop", "Please fill this in."});

    const auto page = consent_page(view_of(provider), form);

    EXPECT_EQ(page.status, 400U);
    EXPECT_THAT(page.body, HasSubstr("<a href=\"#field-shop\">Shop name: Please fill this in.</a>"));
    EXPECT_THAT(page.body, HasSubstr("aria-describedby=\"field-shop-help field-shop-wrong\" required "
                                     "aria-invalid=\"true\""));
}

TEST(ConnectPageTest, says_why_it_is_not_connected_in_words_of_its_own) {
    const catalog::Provider provider = shop();
    broker::ConnectView view = view_of(provider, broker::ConnectState::failed);
    view.status.session.error = "provider_timeout";

    const auto page = connect_done_page(view);

    EXPECT_THAT(page.body, HasSubstr("The provider did not answer in time."));
    EXPECT_THAT(page.body, HasSubstr("href=\"/connect/the-id?provider=shop\">Try again</a>"));
}

TEST(ConnectPageTest, offers_no_other_try_when_its_time_is_over) {
    const catalog::Provider provider = shop();
    broker::ConnectView view = view_of(provider, broker::ConnectState::failed);
    view.may_begin = false;

    EXPECT_THAT(connect_done_page(view).body, Not(HasSubstr("Try again")));
}

TEST(ConnectPageTest, says_whom_to_tell_of_what_a_person_cannot_mend) {
    const catalog::Provider provider = shop();
    ConnectForm form = form_of(provider);
    form.failed = "missing_app_credentials";

    EXPECT_THAT(consent_page(view_of(provider), form).body, HasSubstr("Tell whoever sent you here"));
}

TEST(ConnectPageTest, leads_back_to_the_sessions_origin_alone) {
    const catalog::Provider provider = shop();

    const auto page = connect_done_page(view_of(provider, broker::ConnectState::connected));

    EXPECT_THAT(page.body, HasSubstr("href=\"https://app.example/\">Back to app.example</a>"));
    EXPECT_THAT(page.body, HasSubstr("data-origin=\"https://app.example\""));
}

}  // namespace evergrant::api
