#include "connectors/crm/rest/target.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace evergrant::connectors::rest {
namespace {

catalog::CrmOperation get(std::string target) {
    return {.method = "GET", .target = std::move(target)};
}

TEST(RestTarget, has_its_values_percent_encoded) {
    EXPECT_EQ(target_of(get("/customers?phone={phone}"), {{"phone", "+49 30"}}), "/customers?phone=%2B49%2030");
    EXPECT_EQ(target_of(get("/v1/customers/{id}/calls"), {{"id", "a/b"}}), "/v1/customers/a%2Fb/calls");
}

TEST(RestTarget, leaves_out_a_parameter_that_has_no_value) {
    EXPECT_EQ(target_of(get("/c?q={words}&cursor={cursor}&all=1"), {{"words", "ada"}}), "/c?q=ada&all=1");
    EXPECT_EQ(target_of(get("/c?cursor={cursor}"), {}), "/c");
}

TEST(RestTarget, keeps_what_stands_around_a_value) {
    EXPECT_EQ(target_of(get("/c?filter=phone:eq:{phone}"), {{"phone", "1"}}), "/c?filter=phone:eq:1");
}

TEST(RestTarget, never_puts_a_value_where_it_is_more_than_a_value) {
    for (const std::string hostile :
         {"../admin", "a?b=c", "a#b", "a&b=c", "%2e%2e", "${params.x}", "{id}", "' OR 1=1", "ü\\"}) {
        const auto path = target_of(get("/customers/{id}"), {{"id", hostile}});
        ASSERT_TRUE(path) << hostile;
        EXPECT_EQ(*path, "/customers/" + percent_encoded(hostile));
        const auto query = target_of(get("/customers?q={words}"), {{"words", hostile}});
        EXPECT_EQ(query, "/customers?q=" + percent_encoded(hostile));
    }
}

TEST(RestTarget, is_none_for_an_id_that_would_be_another_path) {
    for (const std::string hostile : {"", ".", "..", "...", "a\r\nX: y", "a\nb", "\x7f"})
        EXPECT_EQ(target_of(get("/customers/{id}/calls"), {{"id", hostile}}).error().code, Errc::invalid_request);
    EXPECT_FALSE(target_of(get("/c?q={words}"), {{"words", "a\r\nX: y"}}));
}

TEST(LinkedCursor, is_what_the_next_link_has_for_the_parameter) {
    const auto operation = get("/customers?per_page={limit}&after={cursor}");

    EXPECT_EQ(linked_cursor(R"(<https://crm.example/customers?after=a%2Fb&per_page=20>; rel="next")", operation),
              "a/b");
    EXPECT_EQ(linked_cursor(R"(</customers?after=1>; rel="prev", </customers?after=3>; rel="next")", operation), "3");
}

TEST(LinkedCursor, is_empty_when_there_is_no_next_link) {
    const auto operation = get("/customers?after={cursor}");
    for (const char* link :
         {"", "nonsense", "<", "<https://crm.example/customers?after=1", "</c?after=1>; rel=\"prev\"",
          "</c>; rel=\"next\"", "</c?before=1>; rel=\"next\"", "</c?after=%>; rel=\"next\""})
        EXPECT_EQ(linked_cursor(link, operation), "") << link;
    EXPECT_EQ(linked_cursor("</c?after=1>; rel=\"next\"", get("/c?page=1")), "");
}

}  // namespace
}  // namespace evergrant::connectors::rest
