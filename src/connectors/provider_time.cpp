#include "connectors/provider_time.h"

#include <algorithm>

namespace evergrant::connectors {

namespace {

constexpr std::string_view day_shape = "dddd-dd-dd";
constexpr std::string_view time_shape = "Tdd:dd:dd";

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool has_shape(std::string_view text, std::string_view shape) {
    return std::ranges::equal(text, shape, [](char c, char s) { return s == 'd' ? is_digit(c) : c == s; });
}

/// Takes so many digits from the front, and the one sign behind them if there is one.
int take_number(std::string_view& text, std::size_t digits) {
    constexpr int base = 10;
    int number = 0;
    for (const char c : text.substr(0, digits))
        number = number * base + (c - '0');
    text.remove_prefix(std::min(text.size(), digits + 1));
    return number;
}

std::optional<std::chrono::seconds> parse_offset(std::string_view text) {
    if (text == "Z")
        return std::chrono::seconds(0);
    if (!has_shape(text.substr(text.empty() ? 0 : 1), "dddd") && !has_shape(text.substr(text.empty() ? 0 : 1), "dd:dd"))
        return std::nullopt;
    if (text.front() != '+' && text.front() != '-')
        return std::nullopt;
    const int sign = text.front() == '-' ? -1 : 1;
    const std::chrono::hours hours(10 * (text[1] - '0') + (text[2] - '0'));
    const std::string_view last = text.substr(text.size() - 2);
    const std::chrono::minutes minutes(10 * (last[0] - '0') + (last[1] - '0'));
    return sign * std::chrono::seconds(hours + minutes);
}

}  // namespace

std::optional<sys_seconds> parse_provider_time(std::string_view text) {
    if (!has_shape(text.substr(0, day_shape.size()), day_shape))
        return std::nullopt;
    std::string_view day_text = text.substr(0, day_shape.size());
    const std::chrono::year year(take_number(day_text, 4));
    const std::chrono::month month(static_cast<unsigned>(take_number(day_text, 2)));
    const std::chrono::year_month_day day(year, month,
                                          std::chrono::day(static_cast<unsigned>(take_number(day_text, 2))));
    if (!day.ok())
        return std::nullopt;
    text.remove_prefix(day_shape.size());
    if (text.empty())
        return std::chrono::sys_days(day);
    if (!has_shape(text.substr(0, time_shape.size()), time_shape))
        return std::nullopt;
    std::string_view clock = text.substr(1, time_shape.size() - 1);
    const std::chrono::hours hours(take_number(clock, 2));
    const std::chrono::minutes minutes(take_number(clock, 2));
    const std::chrono::seconds seconds(take_number(clock, 2));
    if (hours >= std::chrono::days(1) || minutes >= std::chrono::hours(1) || seconds > std::chrono::minutes(1))
        return std::nullopt;
    text.remove_prefix(time_shape.size());
    if (text.starts_with('.'))
        text.remove_prefix(std::min(text.find_first_not_of("0123456789", 1), text.size()));
    const auto offset = parse_offset(text);
    if (!offset)
        return std::nullopt;
    return std::chrono::sys_days(day) + hours + minutes + seconds - *offset;
}

std::string to_iso_day(sys_seconds time) {
    return to_iso8601(time).substr(0, day_shape.size());
}

}  // namespace evergrant::connectors
