#include "oauth/http_date.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>

namespace evergrant::oauth {

namespace {

constexpr std::size_t most_words = 6;

struct Words {
    std::array<std::string_view, most_words> word;
    std::size_t count{0};
};

/// The three forms differ in their separators and the order of their words.
std::optional<Words> split(std::string_view text) {
    constexpr std::string_view separators = " ,-";
    Words words;
    while (true) {
        const std::size_t begin = text.find_first_not_of(separators);
        if (begin == std::string_view::npos)
            return words;
        if (words.count == most_words)
            return std::nullopt;
        text.remove_prefix(begin);
        const std::size_t end = std::min(text.find_first_of(separators), text.size());
        words.word[words.count++] = text.substr(0, end);
        text.remove_prefix(end);
    }
}

/// Digits only, and not more than `most` of them.
std::optional<unsigned> number(std::string_view text, std::size_t least, std::size_t most) {
    unsigned value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.size() < least || text.size() > most || problem != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

std::optional<unsigned> month(std::string_view text) {
    constexpr std::array<std::string_view, 12> names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto* const found = std::ranges::find(names, text);
    if (found == names.end())
        return std::nullopt;
    return static_cast<unsigned>(found - names.begin()) + 1;
}

std::optional<std::chrono::seconds> time_of_day(std::string_view text) {
    constexpr std::string_view shape = "hh:mm:ss";
    if (text.size() != shape.size() || text[2] != ':' || text[5] != ':')
        return std::nullopt;
    const auto hours = number(text.substr(0, 2), 2, 2);
    const auto minutes = number(text.substr(3, 2), 2, 2);
    const auto seconds = number(text.substr(6, 2), 2, 2);
    constexpr unsigned leap_second = 60;
    if (!hours || !minutes || !seconds || *hours > 23 || *minutes > 59 || *seconds > leap_second)
        return std::nullopt;
    return std::chrono::hours(*hours) + std::chrono::minutes(*minutes) + std::chrono::seconds(*seconds);
}

std::optional<int> year(std::string_view text, sys_seconds now) {
    const auto value = number(text, 2, 4);
    if (!value || text.size() == 3)
        return std::nullopt;
    int result = static_cast<int>(*value);
    if (text.size() == 4)
        return result;
    const int this_year = int(std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(now)).year());
    result += this_year - this_year % 100;
    return result > this_year + 50 ? result - 100 : result;
}

/// Where each part stands among the words.
struct Order {
    std::size_t day;
    std::size_t month;
    std::size_t year;
    std::size_t time;
};

std::optional<Order> order_of(const Words& words) {
    if (words.count == 6 && words.word[5] == "GMT")
        return Order{1, 2, 3, 4};
    if (words.count == 5)  // asctime
        return Order{2, 1, 4, 3};
    return std::nullopt;
}

}  // namespace

std::optional<sys_seconds> parse_http_date(std::string_view text, sys_seconds now) {
    const auto words = split(text);
    const auto order = words ? order_of(*words) : std::nullopt;
    if (!order)
        return std::nullopt;
    const auto d = number(words->word[order->day], 1, 2);
    const auto m = month(words->word[order->month]);
    const auto y = year(words->word[order->year], now);
    const auto time = time_of_day(words->word[order->time]);
    if (!d || !m || !y || !time)
        return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(*y), std::chrono::month(*m), std::chrono::day(*d)};
    if (!date.ok())
        return std::nullopt;
    return std::chrono::sys_days(date) + *time;
}

}  // namespace evergrant::oauth
