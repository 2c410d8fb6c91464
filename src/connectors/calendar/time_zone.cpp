#include "connectors/calendar/time_zone.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace evergrant::connectors {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

// No zone is further from UTC than 25:59:59 (RFC 8536 3.2).
constexpr hours furthest{26};
// More changes than any zone had within two days and what is asked for: a bound, not a rule.
constexpr std::size_t most_spans = 4096;

sys_seconds at(local_seconds time, seconds offset) {
    return sys_seconds(time.time_since_epoch() - offset);
}

}  // namespace

seconds TimeZone::offset_at(sys_seconds time) const {
    if (rule_ && (changes_.empty() || time >= changes_.back().at))
        return yearly_offset(time);
    const auto after = std::ranges::upper_bound(changes_, time, {}, &Change::at);
    return after == changes_.begin() ? first_offset_ : std::prev(after)->offset;
}

local_seconds TimeZone::to_local(sys_seconds time) const {
    return local_seconds(time.time_since_epoch() + offset_at(time));
}

std::optional<sys_seconds> TimeZone::next_change(sys_seconds after) const {
    const auto next = std::ranges::upper_bound(changes_, after, {}, &Change::at);
    if (next != changes_.end())
        return next->at;
    return next_yearly_change(after);
}

std::vector<TimeZone::Span> TimeZone::spans(local_seconds begin, local_seconds end) const {
    std::vector<Span> found;
    sys_seconds from = at(begin, furthest);
    const sys_seconds last = at(end, -furthest);
    while (from < last && found.size() < most_spans) {
        const seconds offset = offset_at(from);
        const sys_seconds until = std::min(next_change(from).value_or(last), last);
        const TimeRange shown{.begin = std::max(from, at(begin, offset)), .end = std::min(until, at(end, offset))};
        if (shown.begin < shown.end) {
            if (!found.empty() && found.back().offset == offset && found.back().range.end == shown.begin)
                found.back().range.end = shown.end;
            else
                found.push_back({.range = shown, .offset = offset});
        }
        from = until;
    }
    return found;
}

TimeRange TimeZone::day(local_days day) const {
    const sys_seconds begin = first_instant(day);
    return {.begin = begin, .end = std::max(begin, first_instant(day + days(1)))};
}

sys_seconds TimeZone::first_instant(local_seconds time) const {
    const auto shown = spans(time, time + seconds(1));
    if (!shown.empty())
        return shown.front().range.begin;
    // Skipped: the gap ends with the first instant whose clocks show more.
    sys_seconds from = at(time, furthest);
    while (to_local(from) < time) {
        const auto next = next_change(from);
        if (!next)
            return at(time, offset_at(from));
        from = *next;
    }
    return from;
}

seconds TimeZone::yearly_offset(sys_seconds time) const {
    if (!rule_->summer_begins)
        return rule_->standard;
    const auto year = std::chrono::year_month_day(std::chrono::floor<days>(time + rule_->standard)).year();
    const sys_seconds begins = at(rule_->summer_begins->in(year), rule_->standard);
    const sys_seconds ends = at(rule_->summer_ends->in(year), rule_->summer);
    // In the south, summer ends before it begins within one year.
    const bool summer = begins < ends ? time >= begins && time < ends : time >= begins || time < ends;
    return summer ? rule_->summer : rule_->standard;
}

std::optional<sys_seconds> TimeZone::next_yearly_change(sys_seconds after) const {
    if (!rule_ || !rule_->summer_begins)
        return std::nullopt;
    const auto year = std::chrono::year_month_day(std::chrono::floor<days>(after)).year();
    std::optional<sys_seconds> next;
    for (const auto candidate : {year - std::chrono::years(1), year, year + std::chrono::years(1)}) {
        for (const sys_seconds change : {at(rule_->summer_begins->in(candidate), rule_->standard),
                                         at(rule_->summer_ends->in(candidate), rule_->summer)}) {
            if (change > after && (!next || change < *next))
                next = change;
        }
    }
    return next;
}

local_seconds YearlyChange::in(std::chrono::year year) const {
    using namespace std::chrono;
    constexpr unsigned last_day_of_february = 59;
    constexpr unsigned last_week = 5;
    if (kind == Kind::weekday_of_month) {
        const auto of_month = year / std::chrono::month(month);
        const std::chrono::weekday wanted{weekday};
        const local_days date =
            week == last_week ? local_days(of_month / wanted[last]) : local_days(of_month / wanted[week]);
        return date + time;
    }
    const local_days first = local_days(year / January / 1);
    if (kind == Kind::day_of_year)
        return first + std::chrono::days(day) + time;
    const unsigned leap_day = year.is_leap() && day > last_day_of_february ? 1 : 0;
    return first + std::chrono::days(day - 1 + leap_day) + time;
}

std::string to_iso8601(sys_seconds time, const TimeZone& zone) {
    const local_seconds local = zone.to_local(time);
    const auto date = std::chrono::floor<days>(local);
    const std::chrono::year_month_day ymd(date);
    const std::chrono::hh_mm_ss clock(local - date);
    const auto offset = std::chrono::floor<std::chrono::minutes>(zone.offset_at(time));
    const std::chrono::hh_mm_ss distance(std::chrono::abs(offset));
    std::array<char, 40> text{};
    const int size = std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d%c%02d:%02d",
                                   static_cast<int>(ymd.year()), static_cast<unsigned>(ymd.month()),
                                   static_cast<unsigned>(ymd.day()), static_cast<int>(clock.hours().count()),
                                   static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
                                   offset < offset.zero() ? '-' : '+', static_cast<int>(distance.hours().count()),
                                   static_cast<int>(distance.minutes().count()));
    return {text.data(), static_cast<std::size_t>(size)};
}

}  // namespace evergrant::connectors
