#include "api/calendar_parameters.h"
#include "api/handlers.h"
#include "connectors/calendar/calendar.h"
#include "connectors/calendar/spoken.h"
#include "connectors/calendar/written_time.h"

#include <boost/json/serialize.hpp>

#include <utility>

namespace evergrant::api {

namespace {

using connectors::DayRange;
using connectors::Event;
using connectors::EventTime;
using connectors::TimeRange;
using connectors::TimeZone;

constexpr std::chrono::days longest_range{3660};

/// The calendar behind a connection, and whose it is.
struct OpenCalendar {
    std::unique_ptr<connectors::ProviderApi> api;
    std::unique_ptr<connectors::Calendar> calendar;
    storage::Tenant tenant;
    ConnectionKey key;
    std::shared_ptr<const TimeZone> zone;
};

/// `zone_name`, of field `tz`: empty for the tenant's own.
async::Task<Result<OpenCalendar>> open(const Call* call, std::string zone_name, std::string field) {
    auto tenant = tenant_in_path(call->path_parameter("tenant"));
    if (!tenant)
        co_return std::unexpected(std::move(tenant).error());
    auto integration = integration_in_path(call->path_parameter("integrationId"));
    if (!integration)
        co_return std::unexpected(std::move(integration).error());
    note_subject(*call, tenant->str(), integration->str());
    ConnectionKey key;
    key.tenant = *tenant;
    key.integration = std::move(*integration);
    connectors::ApiCaller caller;
    caller.audit = call->caller();
    caller.trace = TraceContext::parse(call->request.header("traceparent"));
    auto opened = co_await call->connectors.apis.open(key, std::move(caller), call->deadline);
    if (!opened)
        co_return std::unexpected(std::move(opened).error());
    OpenCalendar ready;
    ready.key = std::move(key);
    ready.api = std::move(opened->api);
    ready.calendar = connectors::make_calendar(*opened->provider, *ready.api);
    if (!ready.calendar)
        co_return invalid_field("integrationId",
                                opened->provider->name + " has no calendar that this server speaks to.");
    auto known = co_await call->broker.administration.tenant(*tenant);
    if (!known)
        co_return std::unexpected(std::move(known).error());
    ready.tenant = std::move(*known);
    if (zone_name.empty()) {
        zone_name = ready.tenant.time_zone.empty() ? "UTC" : ready.tenant.time_zone;
        field = "timeZone";
    }
    auto zone = connectors::system_time_zones().find(std::move(zone_name), std::move(field));
    if (!zone)
        co_return std::unexpected(std::move(zone).error());
    ready.zone = std::move(*zone);
    co_return ready;
}

void put(boost::json::object& row, std::string_view name, const std::string& value) {
    if (!value.empty())
        row[name] = value;
}

boost::json::object describe(const TimeRange& range, const TimeZone& zone) {
    boost::json::object row;
    row["start"] = connectors::to_iso8601(range.begin, zone);
    row["end"] = connectors::to_iso8601(range.end, zone);
    return row;
}

boost::json::object describe(const Event& event, const TimeZone& zone) {
    boost::json::object row;
    row["id"] = event.id;
    row["etag"] = event.etag;
    row["title"] = event.title;
    const auto* days = std::get_if<DayRange>(&event.time);
    row["allDay"] = days != nullptr;
    if (days != nullptr) {
        row["start"] = connectors::date_text(days->first);
        row["end"] = connectors::date_text(days->last);
    } else {
        const auto& range = std::get<TimeRange>(event.time);
        row["start"] = connectors::to_iso8601(range.begin, zone);
        row["end"] = connectors::to_iso8601(range.end, zone);
    }
    row["busy"] = event.busy;
    put(row, "timeZone", event.time_zone);
    put(row, "description", event.description);
    put(row, "location", event.location);
    put(row, "organizer", event.organizer);
    put(row, "occurrence", event.occurrence);
    put(row, "recurrence", event.recurrence);
    row["attendees"] = boost::json::array(event.attendees.begin(), event.attendees.end());
    return row;
}

boost::json::object describe(const connectors::WrittenEvent& written) {
    boost::json::object row;
    row["id"] = written.id;
    row["etag"] = written.etag;
    return row;
}

std::string unquoted(std::string_view etag) {
    const bool quoted = etag.size() >= 2 && etag.starts_with('"') && etag.ends_with('"');
    return std::string(quoted ? etag.substr(1, etag.size() - 2) : etag);
}

/// Which state of the event is meant: If-Match comes before what the body or query says.
Result<connectors::EventState> state_of(const Call& call, std::string etag) {
    const std::string_view header = call.request.header("if-match");
    connectors::EventState state;
    state.id = call.path_parameter("id");
    state.etag = header.empty() ? std::move(etag) : unquoted(header);
    if (state.etag.empty())
        return invalid_field("etag",
                             "Name the etag that the event had when you read it: by If-Match, or as etag. "
                             "* stands for whatever it is now.");
    return state;
}

void note_event(const Call& call, const std::string& id) {
    boost::json::object detail;
    detail["event"] = id;
    note_subject(call, call.about->tenant, call.about->integration, boost::json::serialize(detail));
}

connectors::ChosenCalendar choose(const OpenCalendar& open, std::string calendar) {
    return {.calendar = open.calendar.get(), .id = std::move(calendar), .zone = open.zone};
}

}  // namespace

Answer list_calendar_events(Call call) {
    const auto known = call.query.only({"from", "to", "calendar", "tz"});
    if (!known)
        co_return std::unexpected(known.error());
    const auto opened = co_await open(&call, call.query.get("tz"), "tz");
    if (!opened)
        co_return std::unexpected(opened.error());
    const auto from = time_in(call.query, "from", *opened->zone);
    if (!from)
        co_return std::unexpected(from.error());
    const auto to = time_in(call.query, "to", *opened->zone);
    if (!to)
        co_return std::unexpected(to.error());
    if (*to <= *from || *to - *from > longest_range)
        co_return invalid_field("to", "to must be after from, and at most ten years.");
    TimeRange range;
    range.begin = *from;
    range.end = *to;
    const auto events = co_await opened->calendar->events(call.query.get("calendar"), range, opened->zone);
    if (!events)
        co_return std::unexpected(events.error());
    boost::json::array rows;
    for (const Event& event : *events)
        rows.push_back(describe(event, *opened->zone));
    boost::json::object body;
    body["timeZone"] = opened->zone->name();
    body["events"] = std::move(rows);
    co_return net::json_response(200, boost::json::serialize(body));
}

Answer create_calendar_event(Call call) {
    auto body = Body::parse(call.request, {"title", "start", "end", "allDay", "timeZone", "description", "location",
                                           "attendees", "busy", "recurrence", "calendar", "onlyIfFree"});
    if (!body)
        co_return std::unexpected(std::move(body).error());
    auto written = read_event_body(std::move(*body));
    if (!written)
        co_return std::unexpected(std::move(written).error());
    if (written->change.title.value_or("").empty())
        co_return invalid_field("title", "title is required.");
    if (written->only_if_free && !written->recurrence.empty())
        co_return invalid_field("onlyIfFree", "onlyIfFree is for what takes place once.");
    const auto opened = co_await open(&call, written->time_zone, "timeZone");
    if (!opened)
        co_return std::unexpected(opened.error());
    const auto time = read_event_time(*written, *opened->zone);
    if (!time)
        co_return std::unexpected(time.error());
    connectors::NewEvent event;
    event.title = std::move(*written->change.title);
    event.time = *time;
    event.time_zone = opened->zone->name();
    event.description = written->change.description.value_or("");
    event.location = written->change.location.value_or("");
    event.attendees = written->change.attendees.value_or(std::vector<std::string>());
    event.busy = written->change.busy.value_or(true);
    event.recurrence = std::move(written->recurrence);
    connectors::ChosenCalendar chosen = choose(*opened, std::move(written->calendar));
    auto making = written->only_if_free
                      ? call.connectors.calendars.book(opened->key, std::move(chosen), std::move(event), call.deadline)
                      : opened->calendar->create(std::move(chosen.id), std::move(event));
    const auto made = co_await std::move(making);
    if (!made)
        co_return std::unexpected(made.error());
    note_event(call, made->id);
    co_return net::json_response(201, boost::json::serialize(describe(*made)));
}

Answer change_calendar_event(Call call) {
    auto body = Body::parse(call.request, {"title", "start", "end", "allDay", "timeZone", "description", "location",
                                           "attendees", "busy", "calendar", "etag"});
    if (!body)
        co_return std::unexpected(std::move(body).error());
    auto written = read_event_body(std::move(*body));
    if (!written)
        co_return std::unexpected(std::move(written).error());
    auto state = state_of(call, written->etag);
    if (!state)
        co_return std::unexpected(std::move(state).error());
    const std::string id = state->id;
    const auto opened = co_await open(&call, written->time_zone, "timeZone");
    if (!opened)
        co_return std::unexpected(opened.error());
    if (!written->start.empty() || !written->end.empty() || written->all_day) {
        const auto time = read_event_time(*written, *opened->zone);
        if (!time)
            co_return std::unexpected(time.error());
        written->change.time = *time;
        written->change.time_zone = opened->zone->name();
    }
    const auto changed =
        co_await opened->calendar->change(std::move(written->calendar), std::move(*state), std::move(written->change));
    if (!changed)
        co_return std::unexpected(changed.error());
    note_event(call, id);
    co_return net::json_response(200, boost::json::serialize(describe(*changed)));
}

Answer remove_calendar_event(Call call) {
    const auto known = call.query.only({"calendar", "etag"});
    if (!known)
        co_return std::unexpected(known.error());
    auto state = state_of(call, call.query.get("etag"));
    if (!state)
        co_return std::unexpected(std::move(state).error());
    const std::string id = state->id;
    const auto opened = co_await open(&call, "UTC", "tz");
    if (!opened)
        co_return std::unexpected(opened.error());
    const auto removed = co_await opened->calendar->remove(call.query.get("calendar"), std::move(*state));
    if (!removed)
        co_return std::unexpected(removed.error());
    note_event(call, id);
    net::Response response;
    response.status = 204;
    co_return response;
}

Answer calendar_slots(Call call) {
    const auto known = call.query.only({"date", "days", "minutes", "step", "buffer", "calendar", "tz"});
    if (!known)
        co_return std::unexpected(known.error());
    const auto opened = co_await open(&call, call.query.get("tz"), "tz");
    if (!opened)
        co_return std::unexpected(opened.error());
    const auto hours = connectors::business_hours_of(opened->tenant);
    if (!hours)
        co_return std::unexpected(hours.error());
    const auto query = slot_query(call.query, *opened->zone, call.context.clock.now_seconds());
    if (!query)
        co_return std::unexpected(query.error());
    const auto slots = co_await connectors::slots_in(choose(*opened, call.query.get("calendar")), *query, *hours);
    if (!slots)
        co_return std::unexpected(slots.error());
    boost::json::array rows;
    for (const TimeRange& slot : *slots)
        rows.push_back(describe(slot, *opened->zone));
    boost::json::object body;
    body["timeZone"] = opened->zone->name();
    body["slots"] = std::move(rows);
    body["spoken"] = connectors::spoken(*slots, *opened->zone);
    co_return net::json_response(200, boost::json::serialize(body));
}

}  // namespace evergrant::api
