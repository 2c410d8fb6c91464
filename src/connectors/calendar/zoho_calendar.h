#pragma once
//
// Zoho Calendar, API v1, under the API base that the catalogue's entry has: calendars of a user, their events.
//
#include "connectors/calendar/calendar.h"

namespace evergrant::connectors {

class ZohoCalendar final : public Calendar {
public:
    explicit ZohoCalendar(ProviderApi& api) : api_(api) {}

    async::Task<Result<std::string>> id_of(std::string calendar) override;
    async::Task<Result<std::vector<Event>>> events(std::string calendar, TimeRange range,
                                                   std::shared_ptr<const TimeZone> zone) override;
    async::Task<Result<WrittenEvent>> create(std::string calendar, NewEvent event) override;
    async::Task<Result<WrittenEvent>> change(std::string calendar, EventState state, EventChange change) override;
    async::Task<Result<void>> remove(std::string calendar, EventState state) override;

private:
    /// The path of a calendar's events.
    async::Task<Result<std::string>> events_path(std::string calendar);
    async::Task<Result<boost::json::array>> ask(ApiRequest request);
    /// The event as it is. Errors: not_found; conflict: its etag is another.
    async::Task<Result<Event>> current(std::string path, EventState state);

    ProviderApi& api_;
};

}  // namespace evergrant::connectors
