#include "connectors/calendar/zoho_calendar.h"

#include "connectors/calendar/zoho_event.h"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <iterator>
#include <set>
#include <tuple>
#include <utility>

namespace evergrant::connectors {

namespace {

constexpr std::size_t longest_id = 512;
// What one answer to a caller may hold, whatever a calendar is full of.
constexpr std::size_t most_events = 20'000;

/// Zoho's ids are letters, digits and some marks. A segment of dots alone would be another path.
Result<void> check_id(std::string_view field, std::string_view id) {
    const bool dots = id.find_first_not_of('.') == std::string_view::npos;
    const bool control =
        std::ranges::any_of(id, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; });
    if (dots || control || id.size() > longest_id)
        return invalid_field(std::string(field), std::string(field) + " is no id of Zoho Calendar's.");
    return {};
}

/// An etag goes into a header and is a number.
Result<void> check_etag(std::string_view etag) {
    const bool plain = std::ranges::all_of(etag, [](char c) { return c >= '0' && c <= '9'; });
    if (etag.empty() || !plain || etag.size() > longest_id)
        return invalid_field("etag", "etag is none of Zoho Calendar's: it is a number, as the event has it.");
    return {};
}

ApiRequest form_with(std::string method, std::string target, const boost::json::object& data) {
    ApiRequest request;
    request.method = std::move(method);
    request.target = std::move(target);
    request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    request.body = "eventdata=" + percent_encoded(boost::json::serialize(data));
    return request;
}

Result<WrittenEvent> written(const boost::json::array& events) {
    const auto event =
        events.empty() || !events.front().is_object() ? std::nullopt : zoho::read_event(events.front().get_object());
    if (!event)
        return failure(Errc::provider_error, "Zoho Calendar did not say what it wrote.");
    return WrittenEvent{.id = event->id, .etag = event->etag};
}

}  // namespace

async::Task<Result<boost::json::array>> ZohoCalendar::ask(ApiRequest request) {
    const std::string list = request.target == "/api/v1/calendars" ? "calendars" : "events";
    const auto answer = co_await api_.send(std::move(request));
    if (!answer)
        co_return std::unexpected(answer.error());
    boost::json::array rows;
    if (answer->status == 204)
        co_return rows;
    if (answer->status != 200 && answer->status != 201)
        co_return std::unexpected(zoho::error_of(*answer));
    auto body = json_object_of(*answer);
    if (!body)
        co_return std::unexpected(std::move(body).error());
    const auto found = body->find(list);
    if (found == body->end())
        co_return std::unexpected(zoho::error_of(*answer));
    if (found->value().is_array())
        rows = std::move(found->value().get_array());
    co_return rows;
}

async::Task<Result<std::string>> ZohoCalendar::id_of(std::string calendar) {
    if (calendar.empty()) {
        ApiRequest request;
        request.target = "/api/v1/calendars";
        const auto rows = co_await ask(std::move(request));
        if (!rows)
            co_return std::unexpected(rows.error());
        for (const auto& row : *rows) {
            const auto* uid = row.is_object() ? row.get_object().if_contains("uid") : nullptr;
            const auto* is_default = row.is_object() ? row.get_object().if_contains("isdefault") : nullptr;
            if (uid != nullptr && uid->is_string() && is_default != nullptr && *is_default == true)
                calendar = uid->get_string();
        }
        if (calendar.empty())
            co_return failure(Errc::not_found, "This user has no default calendar: name one by `calendar`.");
    }
    const auto sound = check_id("calendar", calendar);
    if (!sound)
        co_return std::unexpected(sound.error());
    co_return calendar;
}

async::Task<Result<std::string>> ZohoCalendar::events_path(std::string calendar) {
    const auto id = co_await id_of(std::move(calendar));
    if (!id)
        co_return std::unexpected(id.error());
    co_return "/api/v1/calendars/" + percent_encoded(*id) + "/events";
}

async::Task<Result<std::vector<Event>>> ZohoCalendar::events(std::string calendar, TimeRange range,
                                                             std::shared_ptr<const TimeZone> zone) {
    const auto path = co_await events_path(std::move(calendar));
    if (!path)
        co_return std::unexpected(path.error());
    std::vector<Event> found;
    // What lies over a border comes with both parts.
    std::set<std::tuple<std::string, std::string, sys_seconds>> seen;
    for (const TimeRange& part : zoho::parts_of(range)) {
        ApiRequest request;
        request.target = *path + "?byinstance=true&range=" + percent_encoded(zoho::range_parameter(part));
        const auto rows = co_await ask(std::move(request));
        if (!rows)
            co_return std::unexpected(rows.error());
        for (const auto& row : *rows) {
            auto event = row.is_object() ? zoho::read_event(row.get_object()) : std::nullopt;
            if (!event)
                co_return failure(Errc::provider_error, "Zoho Calendar told an event that cannot be read.");
            const TimeRange taken = in_zone(event->time, *zone);
            // An event without length is where it begins.
            const bool within = taken.overlaps(range) || (taken.begin >= range.begin && taken.begin < range.end);
            if (within && seen.emplace(event->id, event->occurrence, taken.begin).second)
                found.push_back(std::move(*event));
        }
        if (found.size() > most_events)
            co_return invalid_field("to", "There are too many events in this time; ask for less of it.");
    }
    std::ranges::sort(found, {},
                      [&](const Event& event) { return std::pair(in_zone(event.time, *zone).begin, event.id); });
    co_return found;
}

async::Task<Result<WrittenEvent>> ZohoCalendar::create(std::string calendar, NewEvent event) {
    const auto path = co_await events_path(std::move(calendar));
    if (!path)
        co_return std::unexpected(path.error());
    const auto rows = co_await ask(form_with("POST", *path, zoho::describe(event)));
    if (!rows)
        co_return std::unexpected(rows.error());
    co_return written(*rows);
}

async::Task<Result<Event>> ZohoCalendar::current(std::string path, EventState state) {
    ApiRequest request;
    request.target = std::move(path);
    const auto rows = co_await ask(std::move(request));
    if (!rows)
        co_return std::unexpected(rows.error());
    auto event =
        rows->empty() || !rows->front().is_object() ? std::nullopt : zoho::read_event(rows->front().get_object());
    if (!event)
        co_return failure(Errc::not_found, "Zoho Calendar has no such event.");
    if (state.etag != "*" && state.etag != event->etag)
        co_return failure(Errc::conflict, "The event has changed meanwhile: read it again, and name its etag of now.");
    co_return std::move(*event);
}

async::Task<Result<WrittenEvent>> ZohoCalendar::change(std::string calendar, EventState state, EventChange change) {
    auto sound = check_id("id", state.id);
    if (sound && state.etag != "*")
        sound = check_etag(state.etag);
    if (!sound)
        co_return std::unexpected(sound.error());
    const auto path = co_await events_path(std::move(calendar));
    if (!path)
        co_return std::unexpected(path.error());
    const std::string event_path = *path + "/" + percent_encoded(state.id);
    const auto event = co_await current(event_path, std::move(state));
    if (!event)
        co_return std::unexpected(event.error());
    const auto rows = co_await ask(form_with("PUT", event_path, zoho::describe(change, *event)));
    if (!rows)
        co_return std::unexpected(rows.error());
    co_return written(*rows);
}

async::Task<Result<void>> ZohoCalendar::remove(std::string calendar, EventState state) {
    auto sound = check_id("id", state.id);
    if (sound && state.etag != "*")
        sound = check_etag(state.etag);
    if (!sound)
        co_return std::unexpected(sound.error());
    const auto path = co_await events_path(std::move(calendar));
    if (!path)
        co_return std::unexpected(path.error());
    ApiRequest request;
    request.method = "DELETE";
    request.target = *path + "/" + percent_encoded(state.id);
    std::string etag = state.etag;
    if (etag == "*") {
        const auto event = co_await current(request.target, std::move(state));
        if (!event)
            co_return std::unexpected(event.error());
        etag = event->etag;
    }
    request.headers.emplace_back("etag", std::move(etag));
    const auto answer = co_await api_.send(std::move(request));
    if (!answer)
        co_return std::unexpected(answer.error());
    const bool gone = answer->status == 200 || answer->status == 204;
    if (!gone)
        co_return std::unexpected(zoho::error_of(*answer));
    co_return Result<void>();
}

}  // namespace evergrant::connectors
