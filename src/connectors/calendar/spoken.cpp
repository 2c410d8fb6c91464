#include "connectors/calendar/spoken.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace evergrant::connectors {

namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr std::array<std::string_view, 20> small_numbers{
    "zero", "one",    "two",    "three",    "four",     "five",    "six",     "seven",     "eight",    "nine",
    "ten",  "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"};
constexpr std::array<std::string_view, 10> tens{"",      "",      "twenty",  "thirty", "forty",
                                                "fifty", "sixty", "seventy", "eighty", "ninety"};
constexpr std::array<std::string_view, 20> small_ordinals{
    "",           "first",     "second",    "third",       "fourth",     "fifth",     "sixth",
    "seventh",    "eighth",    "ninth",     "tenth",       "eleventh",   "twelfth",   "thirteenth",
    "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth"};
constexpr std::array<std::string_view, 7> weekdays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> months{"January",   "February", "March",    "April",
                                                  "May",       "June",     "July",     "August",
                                                  "September", "October",  "November", "December"};

/// A moment on the clocks, and whether they show it for the second time that day.
struct Moment {
    minutes clock;
    bool again;
};

/// What tells nine in the morning from nine in the evening. Empty: the hours that nobody takes for others.
std::string_view part_of_day(minutes clock) {
    constexpr hours early{7};
    constexpr hours dawn{4};
    constexpr hours noon{12};
    constexpr hours evening{18};
    if (clock == minutes(0) || clock == noon)
        return "";
    if (clock < dawn)
        return "at night";
    if (clock < early)
        return "in the morning";
    if (clock < noon)
        return "";
    return clock < evening ? "in the afternoon" : "in the evening";
}

std::string listed(const std::vector<std::string>& parts) {
    std::string text;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i > 0)
            text += i + 1 == parts.size() ? " and " : ", ";
        text += parts[i];
    }
    return text;
}

std::vector<std::string> spoken_times(const std::vector<Moment>& moments, std::size_t shown) {
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < shown; ++i) {
        std::string text = spoken_clock(moments[i].clock);
        const std::string_view part = part_of_day(moments[i].clock);
        // Said once, with the last time that it is true of.
        const bool last_of_part =
            i + 1 == shown || part_of_day(moments[i + 1].clock) != part || moments[i + 1].again || moments[i].again;
        if (!part.empty() && last_of_part)
            text += " " + std::string(part);
        if (moments[i].again)
            text += " again, after the clocks go back";
        parts.push_back(std::move(text));
    }
    return parts;
}

std::string spoken_day(local_days day, const std::vector<Moment>& moments, std::size_t most) {
    const std::chrono::year_month_day date(day);
    const std::size_t shown = std::min(moments.size(), most);
    auto parts = spoken_times(moments, shown);
    if (moments.size() > shown)
        parts.push_back(spoken_number(moments.size() - shown) + " more");
    return std::string(weekdays.at(std::chrono::weekday(day).c_encoding())) + ", the " +
           spoken_ordinal(static_cast<unsigned>(date.day())) + " of " +
           std::string(months.at(static_cast<unsigned>(date.month()) - 1)) + ", at " + listed(parts) + ".";
}

}  // namespace

std::string spoken_number(std::size_t number) {
    constexpr std::size_t hundred = 100;
    constexpr std::size_t thousand = 1000;
    constexpr std::size_t ten = 10;
    if (number >= thousand)
        return "a thousand or more";
    if (number >= hundred) {
        const std::string head = std::string(small_numbers.at(number / hundred)) + " hundred";
        return number % hundred == 0 ? head : head + " " + spoken_number(number % hundred);
    }
    if (number < small_numbers.size())
        return std::string(small_numbers.at(number));
    const std::string head(tens.at(number / ten));
    return number % ten == 0 ? head : head + "-" + std::string(small_numbers.at(number % ten));
}

std::string spoken_ordinal(unsigned number) {
    constexpr unsigned ten = 10;
    if (number < small_ordinals.size())
        return std::string(small_ordinals.at(number));
    if (number % ten != 0)
        return std::string(tens.at(number / ten)) + "-" + std::string(small_ordinals.at(number % ten));
    return number == 2 * ten ? "twentieth" : "thirtieth";
}

std::string spoken_clock(minutes since_midnight) {
    constexpr hours noon{12};
    constexpr int hours_shown = 12;
    constexpr unsigned ten = 10;
    if (since_midnight == minutes(0))
        return "midnight";
    if (since_midnight == noon)
        return "noon";
    const auto hour = std::chrono::floor<hours>(since_midnight);
    const auto minute = static_cast<std::size_t>((since_midnight - hour).count());
    const auto shown = hour.count() % hours_shown;
    std::string text = spoken_number(shown == 0 ? hours_shown : static_cast<std::size_t>(shown));
    if (minute != 0)
        text += (minute < ten ? " oh " : " ") + spoken_number(minute);
    return text;
}

std::string spoken(const std::vector<TimeRange>& slots, const TimeZone& zone, SpokenLimits limits) {
    std::vector<std::pair<local_days, std::vector<Moment>>> days;
    for (const TimeRange& slot : slots) {
        const local_seconds local = zone.to_local(slot.begin);
        const auto day = std::chrono::floor<std::chrono::days>(local);
        const auto clock = std::chrono::floor<minutes>(local - day);
        if (days.empty() || days.back().first != day)
            days.emplace_back(day, std::vector<Moment>());
        days.back().second.push_back({.clock = clock, .again = slot.begin != zone.first_instant(local)});
    }
    if (days.empty())
        return "There is no free time.";
    std::string text;
    for (std::size_t i = 0; i < std::min(days.size(), limits.days); ++i) {
        if (i > 0)
            text += " ";
        text += spoken_day(days[i].first, days[i].second, limits.times_a_day);
    }
    if (days.size() > limits.days) {
        const std::size_t more = days.size() - limits.days;
        text += more == 1 ? " And on one more day." : " And on " + spoken_number(more) + " more days.";
    }
    return text;
}

}  // namespace evergrant::connectors
