#include "connectors/calendar/written_time.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

namespace evergrant::connectors {

namespace {

using std::chrono::seconds;

/// Takes pieces from the front of a text; once one is missing, all that follow are.
class Pieces {
public:
    explicit Pieces(std::string_view text) : text_(text) {}

    [[nodiscard]] bool whole() const noexcept { return sound_ && text_.empty(); }
    [[nodiscard]] bool at_end() const noexcept { return text_.empty(); }
    bool skip(char c) {
        if (!text_.starts_with(c))
            return false;
        text_.remove_prefix(1);
        return true;
    }
    void expect(char c) { sound_ = skip(c) && sound_; }
    int number(std::size_t size, int most) {
        int value = 0;
        const std::string_view part = text_.substr(0, size);
        const bool digits = part.size() == size && part.find_first_not_of("0123456789") == std::string_view::npos;
        if (digits)
            std::from_chars(part.begin(), part.end(), value);
        sound_ = digits && value <= most && sound_;
        text_.remove_prefix(part.size());
        return value;
    }
    /// `hh:mm`, or `hh:mm:ss`.
    seconds clock() {
        constexpr int most_hours = 23;
        constexpr int most_minutes = 59;
        const std::chrono::hours hours(number(2, most_hours));
        expect(':');
        const std::chrono::minutes minutes(number(2, most_minutes));
        const seconds whole(skip(':') ? number(2, most_minutes) : 0);
        if (skip('.'))
            fraction();
        return hours + minutes + whole;
    }
    /// Parts of a second are read over.
    void fraction() {
        const std::size_t size = std::min(text_.find_first_not_of("0123456789"), text_.size());
        sound_ = size > 0 && sound_;
        text_.remove_prefix(size);
    }
    std::optional<local_days> date() {
        constexpr int first_year = 1900;
        constexpr int last_year = 2999;
        constexpr int months = 12;
        constexpr int longest_month = 31;
        const int year = number(4, last_year);
        expect('-');
        const int month = number(2, months);
        expect('-');
        const int day = number(2, longest_month);
        const std::chrono::year_month_day date{std::chrono::year(year),
                                               std::chrono::month(static_cast<unsigned>(month)),
                                               std::chrono::day(static_cast<unsigned>(day))};
        if (!sound_ || year < first_year || !date.ok())
            return std::nullopt;
        return local_days(date);
    }

private:
    std::string_view text_;
    bool sound_{true};
};

}  // namespace

std::optional<local_days> parse_date(std::string_view text) {
    Pieces pieces(text);
    const auto date = pieces.date();
    return pieces.whole() ? date : std::nullopt;
}

std::optional<sys_seconds> parse_time(std::string_view text, const TimeZone& zone) {
    Pieces pieces(text);
    const auto date = pieces.date();
    if (!date)
        return std::nullopt;
    if (pieces.at_end())
        return zone.day(*date).begin;
    pieces.expect('T');
    const local_seconds local = *date + pieces.clock();
    if (pieces.whole())
        return zone.first_instant(local);
    if (pieces.skip('Z'))
        return pieces.whole() ? std::optional(sys_seconds(local.time_since_epoch())) : std::nullopt;
    const bool west = pieces.skip('-');
    if (!west)
        pieces.expect('+');
    const seconds offset = pieces.clock();
    if (!pieces.whole())
        return std::nullopt;
    return sys_seconds(local.time_since_epoch() - (west ? -offset : offset));
}

std::string date_text(local_days date) {
    const std::chrono::year_month_day ymd(date);
    std::array<char, 32> text{};
    const int size = std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(ymd.year()),
                                   static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()));
    return {text.data(), static_cast<std::size_t>(size)};
}

}  // namespace evergrant::connectors
