#include "connectors/provider_api.h"

#include "run_task.h"
#include "scripted_api.h"

#include <gtest/gtest.h>

namespace evergrant::connectors {

using evergrant::testing::run_task;

TEST(ProviderApiText, everything_but_unreserved_characters_is_escaped) {
    EXPECT_EQ(percent_encoded("aZ9-._~"), "aZ9-._~");
    EXPECT_EQ(percent_encoded("a/b?c#d &\r\n%2F"), "a%2Fb%3Fc%23d%20%26%0D%0A%252F");
    EXPECT_EQ(percent_encoded("é"), "%C3%A9");
}

TEST(ProviderApiText, an_answer_that_is_no_json_object_is_a_provider_error) {
    ApiAnswer page{.status = 200, .headers = {{"content-type", "text/html"}}, .body = "<html>"};
    ApiAnswer list{.status = 200, .headers = {}, .body = "[]"};

    EXPECT_EQ(json_object_of(page).error().code, Errc::provider_error);
    EXPECT_EQ(json_object_of(page).error().detail, "status 200, text/html");
    EXPECT_EQ(json_object_of(list).error().code, Errc::provider_error);
}

TEST(ScriptedApi, gives_its_answers_in_their_order_and_remembers_what_it_was_asked) {
    evergrant::testing::ScriptedApi api;
    api.answers(200, "{}").fails(Errc::provider_timeout);

    const auto first = run_task(api.send({.target = "/first"}));
    const auto second = run_task(api.send({.target = "/second"}));

    EXPECT_EQ(first.value().status, 200U);
    EXPECT_EQ(second.error().code, Errc::provider_timeout);
    EXPECT_EQ(api.request(1).target, "/second");
}

}  // namespace evergrant::connectors
