#pragma once
//
// Calendar desk: what a booking needs beyond the provider's API: what counts as taken, within which hours there are
// slots, and that of two who want one time only one gets it. What each calendar can do is a connector's (calendar.h);
// the routes are api/calendar_handlers.cpp. One for each shard.
//
#include "async/lines.h"
#include "async/shard.h"
#include "connectors/calendar/calendar.h"
#include "connectors/calendar/free_slots.h"
#include "crypto/random.h"
#include "storage/store.h"

#include <memory>
#include <string>
#include <vector>

namespace evergrant::connectors {

/// One calendar of a connection, opened.
struct ChosenCalendar {
    Calendar* calendar{nullptr};  ///< never null; outlives the use
    std::string id;               ///< empty: the user's default
    std::shared_ptr<const TimeZone> zone;
};

/// The tenant's `settings.businessHours`, or the usual ones. Errors: invalid_request for it.
[[nodiscard]] Result<BusinessHours> business_hours_of(const storage::Tenant& tenant);

/// The free slots. Errors: Calendar's.
[[nodiscard]] async::Task<Result<std::vector<TimeRange>>> slots_in(ChosenCalendar chosen, SlotQuery query,
                                                                   BusinessHours hours);

/// Thread: its shard's.
class CalendarDesk {
public:
    struct Parts {
        async::Shard& shard;
        storage::Store& store;
        crypto::Random& random;
    };

    explicit CalendarDesk(Parts parts) : parts_(parts) {}

    /// Makes the event if nothing takes its time. Who books so in one calendar of a connection goes one after the
    /// other: on this shard in a line, on others and on other replicas by a turn in the store. Errors: Calendar's;
    /// conflict: the time is taken; overloaded: too many book there.
    [[nodiscard]] async::Task<Result<WrittenEvent>> book(ConnectionKey key, ChosenCalendar chosen, NewEvent event,
                                                         async::Deadline deadline);

private:
    Parts parts_;
    async::Lines lines_;
};

}  // namespace evergrant::connectors
