#include "connectors/calendar/zoho_event.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <string_view>
#include <utility>

namespace evergrant::connectors::zoho {

namespace {

using std::chrono::seconds;

constexpr int takes_no_time = 1;  // `transparency`
constexpr std::size_t date_size = 8;
constexpr std::size_t time_size = 7;  // T and six digits

std::string text_of(const boost::json::object& object, std::string_view name) {
    const auto* found = object.if_contains(name);
    if (found == nullptr)
        return {};
    if (found->is_string())
        return std::string(found->get_string());
    // An etag is a number in some of Zoho's answers and a text in others.
    return found->is_int64() || found->is_uint64() ? boost::json::serialize(*found) : std::string();
}

bool flag_of(const boost::json::object& object, std::string_view name) {
    const auto* found = object.if_contains(name);
    return found != nullptr && found->is_bool() && found->get_bool();
}

/// `size` digits from `at`.
std::optional<unsigned> digits(std::string_view text, std::size_t at, std::size_t size) {
    unsigned value = 0;
    if (at + size > text.size())
        return std::nullopt;
    const std::string_view part = text.substr(at, size);
    const auto [end, error] = std::from_chars(part.begin(), part.end(), value);
    return error == std::errc() && end == part.end() ? std::optional(value) : std::nullopt;
}

std::optional<local_days> read_date(std::string_view text) {
    const auto year = digits(text, 0, 4);
    const auto month = digits(text, 4, 2);
    const auto day = digits(text, 6, 2);
    if (!year || !month || !day)
        return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)), std::chrono::month(*month),
                                           std::chrono::day(*day)};
    return date.ok() ? std::optional(local_days(date)) : std::nullopt;
}

/// `Z`, `+0530` or `+05:30`.
std::optional<seconds> read_offset(std::string_view text) {
    if (text == "Z")
        return seconds(0);
    if (text.size() < 5 || (text.front() != '+' && text.front() != '-'))
        return std::nullopt;
    const bool colon = text[3] == ':';
    const auto hours = digits(text, 1, 2);
    const auto minutes = digits(text, colon ? 4 : 3, 2);
    if (!hours || !minutes || text.size() != (colon ? 6U : 5U))
        return std::nullopt;
    const seconds distance = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
    return text.front() == '-' ? -distance : distance;
}

/// `20260303T090000+0100`
std::optional<sys_seconds> read_instant(std::string_view text) {
    const auto date = read_date(text);
    const auto hour = digits(text, 9, 2);
    const auto minute = digits(text, 11, 2);
    const auto second = digits(text, 13, 2);
    if (!date || text[date_size] != 'T' || !hour || !minute || !second)
        return std::nullopt;
    const auto offset = read_offset(text.substr(date_size + time_size));
    if (!offset)
        return std::nullopt;
    const local_seconds local = *date + std::chrono::hours(*hour) + std::chrono::minutes(*minute) + seconds(*second);
    return sys_seconds(local.time_since_epoch() - *offset);
}

std::optional<EventTime> read_time(const boost::json::object& written) {
    const auto* time = written.if_contains("dateandtime");
    if (time == nullptr || !time->is_object())
        return std::nullopt;
    const std::string start = text_of(time->get_object(), "start");
    const std::string end = text_of(time->get_object(), "end");
    if (flag_of(written, "isallday")) {
        const auto first = read_date(start);
        const auto last = read_date(end);
        if (!first || !last)
            return std::nullopt;
        return DayRange{.first = *first, .last = std::max(*first, *last)};
    }
    const auto begin = read_instant(start);
    const auto until = read_instant(end);
    if (!begin || !until)
        return std::nullopt;
    return TimeRange{.begin = *begin, .end = std::max(*begin, *until)};
}

std::string date_text(local_days date) {
    const std::chrono::year_month_day ymd(date);
    std::array<char, 32> text{};
    const int size = std::snprintf(text.data(), text.size(), "%04d%02u%02u", static_cast<int>(ymd.year()),
                                   static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()));
    return {text.data(), static_cast<std::size_t>(size)};
}

std::string instant_text(sys_seconds time) {
    const local_seconds local(time.time_since_epoch());
    const auto date = std::chrono::floor<std::chrono::days>(local);
    const std::chrono::hh_mm_ss clock(local - date);
    std::array<char, 32> text{};
    const int size =
        std::snprintf(text.data(), text.size(), "T%02d%02d%02dZ", static_cast<int>(clock.hours().count()),
                      static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()));
    return date_text(date) + std::string(text.data(), static_cast<std::size_t>(size));
}

void put_time(boost::json::object& data, const EventTime& time, const std::string& zone) {
    boost::json::object written;
    if (!zone.empty())
        written["timezone"] = zone;
    if (const auto* range = std::get_if<TimeRange>(&time)) {
        written["start"] = instant_text(range->begin);
        written["end"] = instant_text(range->end);
    } else {
        written["start"] = date_text(std::get<DayRange>(time).first);
        written["end"] = date_text(std::get<DayRange>(time).last);
    }
    data["dateandtime"] = std::move(written);
    data["isallday"] = std::holds_alternative<DayRange>(time);
}

boost::json::array attendees_of(const std::vector<std::string>& addresses) {
    boost::json::array attendees;
    for (const std::string& address : addresses) {
        boost::json::object attendee;
        attendee["email"] = address;
        attendees.push_back(std::move(attendee));
    }
    return attendees;
}

std::vector<std::string> read_attendees(const boost::json::object& written) {
    std::vector<std::string> addresses;
    const auto* attendees = written.if_contains("attendees");
    if (attendees == nullptr || !attendees->is_array())
        return addresses;
    for (const auto& attendee : attendees->get_array())
        if (attendee.is_object())
            addresses.push_back(text_of(attendee.get_object(), "email"));
    std::erase(addresses, "");
    return addresses;
}

bool takes_time(const boost::json::object& written) {
    const std::string transparency = text_of(written, "transparency");
    return transparency != std::to_string(takes_no_time);
}

/// What Zoho says went wrong: {"error":[{"message":"…"}]}, or one object instead of the list.
std::string message_of(const ApiAnswer& answer) {
    boost::system::error_code error;
    const auto body = boost::json::parse(answer.body, error);
    if (error || !body.is_object())
        return {};
    const auto* said = body.get_object().if_contains("error");
    if (said != nullptr && said->is_array() && !said->get_array().empty())
        said = &said->get_array().front();
    if (said == nullptr)
        return text_of(body.get_object(), "message");
    return said->is_object() ? text_of(said->get_object(), "message") : std::string();
}

bool mentions(std::string_view text, std::string_view word) {
    const auto equal = [](char a, char b) { return (a | 0x20) == (b | 0x20); };
    return !std::ranges::search(text, word, equal).empty();
}

}  // namespace

std::optional<Event> read_event(const boost::json::object& written) {
    Event event;
    event.id = text_of(written, "uid");
    const auto time = read_time(written);
    if (event.id.empty() || !time)
        return std::nullopt;
    event.time = *time;
    event.etag = text_of(written, "etag");
    event.title = text_of(written, "title");
    event.time_zone = text_of(written.at("dateandtime").get_object(), "timezone");
    event.description = text_of(written, "description");
    event.location = text_of(written, "location");
    event.organizer = text_of(written, "organizer");
    event.attendees = read_attendees(written);
    event.occurrence = text_of(written, "recurrenceid");
    event.recurrence = text_of(written, "rrule");
    event.busy = takes_time(written);
    return event;
}

boost::json::object describe(const NewEvent& event) {
    boost::json::object data;
    data["title"] = event.title;
    put_time(data, event.time, event.time_zone);
    data["transparency"] = event.busy ? 0 : takes_no_time;
    if (!event.description.empty())
        data["description"] = event.description;
    if (!event.location.empty())
        data["location"] = event.location;
    if (!event.attendees.empty())
        data["attendees"] = attendees_of(event.attendees);
    if (!event.recurrence.empty())
        data["rrule"] = event.recurrence;
    return data;
}

boost::json::object describe(const EventChange& change, const Event& current) {
    boost::json::object data;
    put_time(data, change.time.value_or(current.time), change.time_zone.empty() ? current.time_zone : change.time_zone);
    data["title"] = change.title.value_or(current.title);
    if (change.busy)
        data["transparency"] = *change.busy ? 0 : takes_no_time;
    if (change.description)
        data["description"] = *change.description;
    if (change.location)
        data["location"] = *change.location;
    if (change.attendees)
        data["attendees"] = attendees_of(*change.attendees);
    // Without it a repeated event would be one that takes place once.
    if (!current.recurrence.empty())
        data["rrule"] = current.recurrence;
    std::int64_t etag = 0;
    const char* const last = current.etag.data() + current.etag.size();
    const auto [end, error] = std::from_chars(current.etag.data(), last, etag);
    if (error == std::errc() && end == last)
        data["etag"] = etag;
    else
        data["etag"] = current.etag;
    return data;
}

std::vector<TimeRange> parts_of(TimeRange range) {
    constexpr std::chrono::days longest{30};
    std::vector<TimeRange> parts;
    for (sys_seconds begin = range.begin; begin < range.end; begin += longest)
        parts.push_back({.begin = begin, .end = std::min(begin + longest, range.end)});
    return parts;
}

std::string range_parameter(TimeRange range) {
    boost::json::object written;
    written["start"] = instant_text(range.begin);
    written["end"] = instant_text(range.end);
    return boost::json::serialize(written);
}

Error error_of(const ApiAnswer& answer) {
    const std::string said = message_of(answer);
    Error error{.code = Errc::provider_error,
                .message = "Zoho Calendar answered with status " + std::to_string(answer.status) + ".",
                .detail = said};
    switch (answer.status) {
        case 404:
            error.code = Errc::not_found;
            error.message = "Zoho Calendar has no such event or calendar.";
            return error;
        case 401:
        case 403:
            error.code = Errc::forbidden;
            error.message =
                "The grant does not allow it: it needs the scopes ZohoCalendar.calendar.ALL and "
                "ZohoCalendar.event.ALL, and a user who may change this calendar.";
            return error;
        case 409:
        case 412: break;
        default:
            // Zoho has no status of its own for it in its documents.
            if (answer.status < 400 || answer.status >= 500)
                return error;
            if (!mentions(said, "etag")) {
                error.code = Errc::invalid_request;
                error.message = "Zoho Calendar does not take this request.";
                return error;
            }
    }
    error.code = Errc::conflict;
    error.message = "The event has changed meanwhile: read it again, and name its etag of now.";
    return error;
}

}  // namespace evergrant::connectors::zoho
