#include "connectors/crm/phone_number.h"

#include <gtest/gtest.h>

namespace evergrant::connectors {

namespace {

std::string field_of(const Result<std::string>& refused) {
    return refused.error().fields.front().field;
}

}  // namespace

TEST(PhoneNumber, is_read_however_people_write_it) {
    struct Case {
        std::string_view written;
        std::string_view region;
        std::string_view e164;
    };
    constexpr Case cases[] = {
        {"+16502530000", "", "+16502530000"},           {"+1 (650) 253-0000", "", "+16502530000"},
        {"(650) 253-0000", "US", "+16502530000"},       {"6502530000", "US", "+16502530000"},
        {"1-650-253-0000", "US", "+16502530000"},       {"020 7946 0018", "GB", "+442079460018"},
        {"0049 30 901820", "GB", "+4930901820"},        {"+49 30 901820", "US", "+4930901820"},
        {"650.253.0000 ext. 12", "US", "+16502530000"}, {"030/901820", "DE", "+4930901820"},
    };

    for (const Case& one : cases)
        EXPECT_EQ(parse_phone(one.written, one.region).value_or("refused"), one.e164) << one.written;
}

TEST(PhoneNumber, without_a_plus_and_a_region_is_refused_with_what_to_do) {
    const auto refused = parse_phone("6502530000", "");

    EXPECT_EQ(refused.error().code, Errc::invalid_request);
    EXPECT_EQ(field_of(refused), "phone");
    EXPECT_NE(refused.error().message.find("settings.region"), std::string::npos);
}

TEST(PhoneNumber, what_is_no_number_is_refused) {
    const std::string hostile[] = {"",
                                   "+",
                                   "hello",
                                   "+1 650",
                                   "+16502530000' OR Id != '",
                                   "+16502530000)or(Last_Name:starts_with:a",
                                   "+16502530000\r\nX-Evil: 1",
                                   "+16502530000${params.shop}",
                                   "+1650253\xff\xfe",
                                   std::string("+16502530000\0", 13),
                                   std::string(65, '1'),
                                   "tel:+16502530000;phone-context=evil.example",
                                   "+1650253000012345678"};

    for (const std::string& text : hostile)
        EXPECT_FALSE(parse_phone(text, "US")) << text;
}

TEST(PhoneNumber, a_region_that_does_not_exist_is_refused_by_its_name) {
    EXPECT_EQ(field_of(parse_phone("6502530000", "XX")), "region");
    EXPECT_EQ(field_of(parse_phone("+16502530000", "us")), "region");
}

TEST(PhoneNumber, what_a_crm_has_written_becomes_e164_if_it_is_a_number_and_stays_as_it_is_if_not) {
    EXPECT_EQ(normalised_phone("(650) 253-0000", "US"), "+16502530000");
    EXPECT_EQ(normalised_phone("(650) 253-0000", ""), "(650) 253-0000");
    EXPECT_EQ(normalised_phone("ask Anna", "US"), "ask Anna");
    EXPECT_EQ(normalised_phone("6502530000", "no region"), "6502530000");
}

TEST(PhoneNumber, is_searched_for_in_every_form_that_crms_keep) {
    const std::vector<std::string> american{"+16502530000", "16502530000", "6502530000", "(650) 253-0000",
                                            "+1 650-253-0000"};
    const std::vector<std::string> british{"+442079460018", "442079460018", "02079460018", "020 7946 0018",
                                           "+44 20 7946 0018"};

    EXPECT_EQ(phone_search_forms("+16502530000"), american);
    EXPECT_EQ(phone_search_forms("+442079460018"), british);
}

TEST(PhoneNumber, is_the_same_in_each_of_its_forms_and_no_other_is) {
    for (const std::string& form : phone_search_forms("+442079460018"))
        EXPECT_TRUE(is_same_phone(form, "+442079460018")) << form;
    EXPECT_FALSE(is_same_phone("+442079460019", "+442079460018"));
    EXPECT_FALSE(is_same_phone("020 7946 0018", "+16502530000"));
    EXPECT_FALSE(is_same_phone("", "+16502530000"));
}

TEST(PhoneNumber, belongs_to_the_region_of_its_code) {
    EXPECT_EQ(region_of_phone("+442079460018"), "GB");
    EXPECT_EQ(region_of_phone("+16502530000"), "US");
    EXPECT_EQ(region_of_phone("+80012345678"), "");
}

}  // namespace evergrant::connectors
