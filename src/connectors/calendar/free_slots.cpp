#include "connectors/calendar/free_slots.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace evergrant::connectors {

namespace {

using std::chrono::minutes;

constexpr std::array<std::string_view, 7> weekday_names{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
constexpr std::size_t most_hours_a_day = 24;
constexpr minutes whole_day = std::chrono::hours(24);
constexpr std::string_view field = "settings.businessHours";

/// `HH:MM`, up to 24:00.
std::optional<minutes> read_clock(const boost::json::value& written) {
    constexpr std::size_t size = 5;
    constexpr std::size_t colon_at = 2;
    constexpr int minutes_an_hour = 60;
    if (!written.is_string() || written.get_string().size() != size)
        return std::nullopt;
    const std::string_view text(written.get_string());
    const auto digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9' ? text[at] - '0' : -1; };
    for (const std::size_t at : {0UL, 1UL, 3UL, 4UL})
        if (digit(at) < 0)
            return std::nullopt;
    const int hour = digit(0) * 10 + digit(1);
    const int minute = digit(3) * 10 + digit(4);
    const minutes clock(hour * minutes_an_hour + minute);
    if (text[colon_at] != ':' || minute >= minutes_an_hour || clock > whole_day)
        return std::nullopt;
    return clock;
}

std::optional<std::vector<OpeningHours>> read_day(const boost::json::value& written) {
    if (!written.is_array() || written.get_array().size() > most_hours_a_day)
        return std::nullopt;
    std::vector<OpeningHours> hours;
    for (const auto& pair : written.get_array()) {
        if (!pair.is_array() || pair.get_array().size() != 2)
            return std::nullopt;
        const auto opens = read_clock(pair.get_array()[0]);
        const auto closes = read_clock(pair.get_array()[1]);
        if (!opens || !closes || *opens >= *closes)
            return std::nullopt;
        hours.push_back({.opens = *opens, .closes = *closes});
    }
    std::ranges::sort(hours, {}, &OpeningHours::opens);
    const auto overlap = [](const OpeningHours& a, const OpeningHours& b) { return b.opens < a.closes; };
    return std::ranges::adjacent_find(hours, overlap) == hours.end() ? std::optional(std::move(hours)) : std::nullopt;
}

/// What is taken, widened by the buffer, as ranges that neither overlap nor touch.
std::vector<TimeRange> joined(std::vector<TimeRange> taken, minutes buffer) {
    std::erase_if(taken, [](const TimeRange& range) { return range.begin >= range.end; });
    for (TimeRange& range : taken) {
        range.begin -= buffer;
        range.end += buffer;
    }
    std::ranges::sort(taken, {}, &TimeRange::begin);
    std::vector<TimeRange> result;
    for (const TimeRange& range : taken) {
        if (result.empty() || range.begin > result.back().end)
            result.push_back(range);
        else
            result.back().end = std::max(result.back().end, range.end);
    }
    return result;
}

bool is_free(const TimeRange& slot, const std::vector<TimeRange>& taken) {
    const auto next = std::ranges::upper_bound(taken, slot.begin, {}, &TimeRange::end);
    return next == taken.end() || !next->overlaps(slot);
}

/// For how long it stays open, from a moment within `spans[index]` on: a change of the clocks need not close.
sys_seconds open_until(const std::vector<TimeZone::Span>& spans, std::size_t index) {
    while (index + 1 < spans.size() && spans[index + 1].range.begin == spans[index].range.end)
        ++index;
    return spans[index].range.end;
}

/// The first moment of the grid, which begins at `opening` and goes by the wall's clocks, within a span.
sys_seconds first_on_grid(const TimeZone::Span& span, local_seconds opening, minutes step) {
    const local_seconds shown(span.range.begin.time_since_epoch() + span.offset);
    const auto past = (shown - opening) % step;
    return past == past.zero() ? span.range.begin : span.range.begin + (step - past);
}

}  // namespace

BusinessHours BusinessHours::usual() {
    constexpr OpeningHours nine_to_five{.opens = std::chrono::hours(9), .closes = std::chrono::hours(17)};
    constexpr std::size_t monday = 1;
    constexpr std::size_t friday = 5;
    BusinessHours hours;
    for (std::size_t day = monday; day <= friday; ++day)
        hours.days[day].push_back(nine_to_five);
    return hours;
}

Result<BusinessHours> BusinessHours::parse(const boost::json::object& written) {
    BusinessHours hours;
    for (const auto& [name, value] : written) {
        const auto known = std::ranges::find(weekday_names, std::string_view(name));
        if (known == weekday_names.end())
            return invalid_field(std::string(field),
                                 "The days of businessHours are mon, tue, wed, thu, fri, sat, sun.");
        auto day = read_day(value);
        if (!day)
            return invalid_field(std::string(field),
                                 "A day of businessHours is a list of pairs such as "
                                 R"(["09:00","17:00"], which do not overlap.)");
        hours.days[static_cast<std::size_t>(known - weekday_names.begin())] = std::move(*day);
    }
    return hours;
}

TimeRange time_of(const SlotQuery& query, const TimeZone& zone) {
    return {.begin = zone.day(query.first).begin - query.buffer,
            .end = zone.day(query.first + std::chrono::days(query.days - 1)).end + query.buffer};
}

std::vector<TimeRange> free_slots(const SlotQuery& query, const BusinessHours& hours, const TimeZone& zone,
                                  std::vector<TimeRange> taken) {
    const auto busy = joined(std::move(taken), query.buffer);
    std::vector<TimeRange> slots;
    for (unsigned day = 0; day < query.days; ++day) {
        const local_days date = query.first + std::chrono::days(day);
        for (const OpeningHours& open : hours.days[std::chrono::weekday(date).c_encoding()]) {
            const auto spans = zone.spans(date + open.opens, date + open.closes);
            for (std::size_t i = 0; i < spans.size(); ++i) {
                const sys_seconds closes = open_until(spans, i);
                sys_seconds begin = first_on_grid(spans[i], date + open.opens, query.step);
                for (; begin < spans[i].range.end; begin += query.step) {
                    const TimeRange slot{.begin = begin, .end = begin + query.length};
                    if (slot.end <= closes && begin >= query.not_before && is_free(slot, busy))
                        slots.push_back(slot);
                }
            }
        }
    }
    std::ranges::sort(slots, {}, &TimeRange::begin);
    return slots;
}

}  // namespace evergrant::connectors
