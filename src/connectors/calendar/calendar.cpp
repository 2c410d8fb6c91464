#include "connectors/calendar/calendar.h"

#include "connectors/calendar/zoho_calendar.h"

namespace evergrant::connectors {

TimeRange in_zone(const EventTime& time, const TimeZone& zone) {
    if (const auto* range = std::get_if<TimeRange>(&time))
        return *range;
    const auto& days = std::get<DayRange>(time);
    return {.begin = zone.day(days.first).begin, .end = zone.day(days.last).end};
}

std::unique_ptr<Calendar> make_calendar(const catalog::Provider& provider, ProviderApi& api) {
    if (provider.calendar == "zoho")
        return std::make_unique<ZohoCalendar>(api);
    return nullptr;
}

}  // namespace evergrant::connectors
