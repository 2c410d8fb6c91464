#include "connectors/crm/phone_number.h"

#include <phonenumbers/phonenumberutil.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>

namespace evergrant::connectors {

namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

constexpr std::size_t longest_number = 64;
constexpr std::string_view no_region = "ZZ";  // libphonenumber's word for it

const PhoneNumberUtil& numbers() {
    return *PhoneNumberUtil::GetInstance();
}

const std::set<std::string>& regions() {
    static const std::set<std::string> all = [] {
        std::set<std::string> known;
        numbers().GetSupportedRegions(&known);
        return known;
    }();
    return all;
}

/// libphonenumber also finds a number inside other text; what is not written as one is refused here.
bool is_written_as_number(std::string_view text) {
    return !text.empty() && text.size() <= longest_number && std::ranges::all_of(text, [](char c) {
        const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        return alphanumeric || std::string_view(" +-().#/*").contains(c);
    });
}

std::optional<PhoneNumber> read(std::string_view text, std::string_view region) {
    if (!is_written_as_number(text))
        return std::nullopt;
    PhoneNumber number;
    const std::string home(region.empty() ? no_region : region);
    if (numbers().Parse(std::string(text), home, &number) != PhoneNumberUtil::NO_PARSING_ERROR)
        return std::nullopt;
    // Not IsValidNumber: a range that was opened since this library was built is a number, too.
    if (numbers().IsPossibleNumberWithReason(number) != PhoneNumberUtil::IS_POSSIBLE)
        return std::nullopt;
    return number;
}

std::string formatted(const PhoneNumber& number, PhoneNumberUtil::PhoneNumberFormat format) {
    std::string text;
    numbers().Format(number, format, &text);
    return text;
}

std::string e164_of(PhoneNumber number) {
    number.clear_extension();
    return formatted(number, PhoneNumberUtil::E164);
}

std::string digits_of(std::string_view text) {
    std::string digits;
    std::ranges::copy_if(text, std::back_inserter(digits), [](char c) { return c >= '0' && c <= '9'; });
    return digits;
}

}  // namespace

bool is_region(std::string_view region) {
    return regions().contains(std::string(region));
}

Result<std::string> parse_phone(std::string_view text, std::string_view region) {
    if (!region.empty() && !is_region(region))
        return invalid_field("region", "region must be a country's two capital letters, such as US.");
    const auto number = read(text, region);
    if (number)
        return e164_of(*number);
    const bool international = text.find('+') != std::string_view::npos;
    if (region.empty() && !international)
        return invalid_field("phone",
                             "phone must begin with + and the country's code, such as +16502530000, unless region or "
                             "the tenant's settings.region says where it is at home.");
    return invalid_field("phone", "phone is not a phone number: write it as +16502530000.");
}

std::string normalised_phone(std::string_view text, std::string_view region) {
    const auto number = read(text, is_region(region) ? region : std::string_view());
    return number ? e164_of(*number) : std::string(text);
}

std::string region_of_phone(std::string_view e164) {
    const auto number = read(e164, {});
    std::string region;
    if (number)
        numbers().GetRegionCodeForNumber(*number, &region);
    if (number && region == no_region)  // in no range that is known: any country with its code reads it alike
        numbers().GetRegionCodeForCountryCode(number->country_code(), &region);
    return is_region(region) ? region : std::string();
}

std::vector<std::string> phone_search_forms(std::string_view e164) {
    const auto number = read(e164, {});
    if (!number)
        return {std::string(e164)};
    const std::string national = formatted(*number, PhoneNumberUtil::NATIONAL);
    // Where people dial a 0 first they write it first, too; where they do not, both are the same digits.
    const std::string as_dialled = digits_of(national);
    std::vector<std::string> forms;
    for (const std::string& form :
         {std::string(e164), digits_of(e164), as_dialled, national, formatted(*number, PhoneNumberUtil::INTERNATIONAL)})
        if (!form.empty() && std::ranges::find(forms, form) == forms.end())
            forms.push_back(form);
    return forms;
}

bool is_same_phone(std::string_view written, std::string_view e164) {
    if (written == e164)
        return true;
    const auto number = read(written, region_of_phone(e164));
    if (number && e164_of(*number) == e164)
        return true;
    const auto with_plus = read("+" + digits_of(written), {});  // the digits of E.164 without the plus
    return with_plus && e164_of(*with_plus) == e164;
}

}  // namespace evergrant::connectors
