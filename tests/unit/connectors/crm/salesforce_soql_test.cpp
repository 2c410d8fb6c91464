#include "connectors/crm/salesforce/soql.h"

#include "hostile_texts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evergrant::connectors::salesforce {
namespace {

using ::testing::HasSubstr;

TEST(SalesforceSoql, writes_a_query_of_its_parts) {
    const Query query{.object = "Contact",
                      .fields = {"Id", "Account.Name"},
                      .where = all_of({equals("Email", "ada@example.com"), is_true("IsDeleted", false)}),
                      .order_by = {{"CreatedDate", Order::descending}, {"Id", Order::ascending}},
                      .limit = 5};

    EXPECT_EQ(soql(query),
              "SELECT Id,Account.Name FROM Contact WHERE (Email = 'ada@example.com' AND IsDeleted = false) "
              "ORDER BY CreatedDate DESC, Id ASC LIMIT 5");
}

TEST(SalesforceSoql, writes_times_without_quotes) {
    const sys_seconds noon(std::chrono::sys_days(std::chrono::year(2026) / 1 / 31) + std::chrono::hours(12));

    EXPECT_EQ(is_below("CreatedDate", noon).text(), "CreatedDate < 2026-01-31T12:00:00Z");
    EXPECT_EQ(equals("CreatedDate", noon).text(), "CreatedDate = 2026-01-31T12:00:00Z");
}

struct Escape {
    std::string_view value;
    std::string_view literal;
};

TEST(SalesforceSoql, escapes_what_would_end_or_change_a_text) {
    for (const Escape& one :
         {Escape{"O'Brien", R"('O\'Brien')"}, Escape{R"(a\b)", R"('a\\b')"}, Escape{"say \"x\"", R"('say \"x\"')"},
          Escape{"a\r\n\tb", R"('a\r\n\tb')"}, Escape{"a\b\fb", R"('a\b\fb')"}, Escape{{"a\0b", 3}, "'a b'"},
          Escape{"Zoë 100%_", "'Zoë 100%_'"}, Escape{"", "''"}})
        EXPECT_EQ(equals("Name", one.value).text(), "Name = " + std::string(one.literal));
}

TEST(SalesforceSoql, takes_wildcards_in_a_part_as_themselves) {
    EXPECT_EQ(contains("Name", "100%_'").text(), R"(Name LIKE '%100\%\_\'%')");
}

/// The text with each of its string literals cut out; nothing if one does not end.
std::string outside_of_literals(std::string_view text) {
    std::string outside;
    bool inside = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (inside && text[at] == '\\')
            ++at;
        else if (text[at] == '\'')
            inside = !inside;
        else if (!inside)
            outside += text[at];
    }
    return inside ? std::string() : outside;
}

TEST(SalesforceSoql, keeps_every_hostile_text_inside_its_literal) {
    for (const std::string_view hostile : evergrant::testing::hostile_texts) {
        const std::string text(hostile);
        EXPECT_EQ(outside_of_literals(equals("Name", text).text()), "Name = ") << hostile;
        EXPECT_EQ(outside_of_literals(contains("Name", text).text()), "Name LIKE ") << hostile;
        EXPECT_EQ(outside_of_literals(is_one_of("Phone", {text, text}).text()), "Phone IN (,)") << hostile;
        EXPECT_EQ(outside_of_literals(is_above("Id", text).text()), "Id > ") << hostile;
        EXPECT_EQ(outside_of_literals(is_below("Id", text).text()), "Id < ") << hostile;
    }
}

TEST(SalesforceSosl, writes_phrases_and_what_is_returned_of_each_object) {
    const std::vector<Returning> returning{{"Contact", {"Id", "Phone"}, {}, 20},
                                           {"Lead", {"Id"}, {is_true("IsConverted", false)}, 20}};

    EXPECT_EQ(sosl_in_phones({"+14155550100", "(415) 555-0100"}, returning),
              R"(FIND {"\+14155550100" OR "\(415\) 555\-0100"} IN PHONE FIELDS RETURNING )"
              "Contact(Id,Phone LIMIT 20), Lead(Id WHERE IsConverted = false LIMIT 20)");
}

TEST(SalesforceSosl, escapes_every_reserved_character) {
    EXPECT_THAT(sosl_in_phones({R"(?&|!{}[]()^~*:\"'+-)"}, {}),
                HasSubstr(R"({"\?\&\|\!\{\}\[\]\(\)\^\~\*\:\\\"\'\+\-"})"));
}

/// What stands outside the phrases.
std::string outside_of_phrases(std::string_view text) {
    std::string outside;
    bool inside = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (inside && text[at] == '\\')
            ++at;
        else if (text[at] == '"')
            inside = !inside;
        else if (!inside)
            outside += text[at];
    }
    return inside ? std::string() : outside;
}

TEST(SalesforceSosl, keeps_every_hostile_text_inside_its_phrase) {
    for (const std::string_view hostile : evergrant::testing::hostile_texts)
        EXPECT_EQ(outside_of_phrases(sosl_in_phones({std::string(hostile)}, {{"Lead", {"Id"}, {}, 1}})),
                  "FIND {} IN PHONE FIELDS RETURNING Lead(Id LIMIT 1)")
            << hostile;
}

}  // namespace
}  // namespace evergrant::connectors::salesforce
