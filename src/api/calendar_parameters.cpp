#include "api/calendar_parameters.h"

#include "connectors/calendar/written_time.h"

#include <charconv>

namespace evergrant::api {

namespace {

using connectors::DayRange;
using connectors::EventTime;
using connectors::TimeRange;
using connectors::TimeZone;
using std::chrono::minutes;

constexpr std::size_t most_attendees = 200;
constexpr std::size_t longest_text = 32'768;

Result<unsigned> number_in(const Query& query, std::string_view name, unsigned fallback, unsigned least,
                           unsigned most) {
    const std::string written = query.get(name);
    if (written.empty())
        return fallback;
    unsigned value = 0;
    const auto [end, error] = std::from_chars(written.data(), written.data() + written.size(), value);
    if (error != std::errc() || *end != '\0' || value < least || value > most)
        return invalid_field(std::string(name), std::string(name) + " must be a whole number from " +
                                                    std::to_string(least) + " to " + std::to_string(most) + ".");
    return value;
}

std::optional<std::string> optional_text(Body& body, std::string_view name) {
    return body.has(name) ? std::optional(body.text(name)) : std::nullopt;
}

}  // namespace

Result<WrittenBody> read_event_body(Body body) {
    WrittenBody written;
    written.calendar = body.text("calendar");
    written.start = body.text("start");
    written.end = body.text("end");
    written.time_zone = body.text("timeZone");
    written.etag = body.text("etag");
    written.all_day = body.flag("allDay");
    written.only_if_free = body.flag("onlyIfFree");
    written.recurrence = body.text("recurrence");
    written.change.title = optional_text(body, "title");
    written.change.description = optional_text(body, "description");
    written.change.location = optional_text(body, "location");
    if (body.has("busy"))
        written.change.busy = body.flag("busy");
    if (body.has("attendees"))
        written.change.attendees = body.texts("attendees", most_attendees);
    const auto read = body.done();
    if (!read)
        return std::unexpected(read.error());
    for (const auto* text : {&written.change.title, &written.change.description, &written.change.location})
        if (*text && (*text)->size() > longest_text)
            return invalid_field("description", "A text of an event is at most 32768 bytes long.");
    return written;
}

Result<EventTime> read_event_time(const WrittenBody& body, const TimeZone& zone) {
    const std::string& start = body.start;
    const std::string& end = body.end;
    if (body.all_day) {
        const auto first = connectors::parse_date(start);
        const auto last = end.empty() ? first : connectors::parse_date(end);
        if (!first || !last)
            return invalid_field(first ? "end" : "start", "With allDay, start and end are dates such as 2026-03-03.");
        if (*last < *first)
            return invalid_field("end", "end is before start.");
        return DayRange{.first = *first, .last = *last};
    }
    const auto begins = connectors::parse_time(start, zone);
    const auto ends = connectors::parse_time(end, zone);
    if (!begins || !ends)
        return invalid_field(begins ? "end" : "start",
                             "start and end must be times in ISO 8601, such as 2026-03-03T09:00:00+01:00.");
    if (*ends <= *begins)
        return invalid_field("end", "end must be after start.");
    return TimeRange{.begin = *begins, .end = *ends};
}

Result<sys_seconds> time_in(const Query& query, std::string_view name, const TimeZone& zone) {
    const auto time = connectors::parse_time(query.get(name), zone);
    if (!time)
        return invalid_field(std::string(name), std::string(name) +
                                                    " must be a date or a time in ISO 8601, such as "
                                                    "2026-03-03 or 2026-03-03T09:00:00+01:00.");
    return *time;
}

Result<connectors::SlotQuery> slot_query(const Query& query, const TimeZone& zone, sys_seconds now) {
    constexpr unsigned most_days = 31;
    constexpr unsigned usual_minutes = 30;
    constexpr unsigned fewest_minutes = 5;
    constexpr unsigned most_minutes = 1440;
    connectors::SlotQuery wanted;
    const auto today = std::chrono::floor<std::chrono::days>(zone.to_local(now));
    const std::string date = query.get("date");
    const auto first = date == "today" ? std::optional(today) : connectors::parse_date(date);
    if (!first)
        return invalid_field("date", "date must be a date such as 2026-03-03, or today.");
    const auto days = number_in(query, "days", 1, 1, most_days);
    const auto length = number_in(query, "minutes", usual_minutes, fewest_minutes, most_minutes);
    const auto step = number_in(query, "step", usual_minutes, fewest_minutes, most_minutes);
    const auto buffer = number_in(query, "buffer", 0, 0, most_minutes);
    for (const auto* number : {&days, &length, &step, &buffer})
        if (!*number)
            return std::unexpected(number->error());
    wanted.first = *first;
    wanted.days = *days;
    wanted.length = minutes(*length);
    wanted.step = minutes(*step);
    wanted.buffer = minutes(*buffer);
    wanted.not_before = now;
    return wanted;
}

}  // namespace evergrant::api
