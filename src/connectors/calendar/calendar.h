#pragma once
//
// Calendar: what every calendar can be asked, whatever its API looks like. A connector is one implementation that knows
// its provider's paths, fields and limits, and nothing of tokens.
//
#include "catalog/provider.h"
#include "connectors/calendar/event.h"
#include "connectors/provider_api.h"

#include <memory>
#include <string>
#include <vector>

namespace evergrant::connectors {

/// Which state of an event a change or removal is of.
struct EventState {
    std::string id;
    std::string etag;  ///< `*`: whatever it is now
};

/// An event as a write left it.
struct WrittenEvent {
    std::string id;
    std::string etag;
};

/// `calendar` is the id of one, or empty: the user's default.
/// Errors of every member: of ProviderApi::send; not_found: no such event or calendar; invalid_request with the field:
/// the provider does not take a value; conflict: the event changed since that etag; forbidden: the grant's scopes or
/// user do not allow it; rate_limited; provider_error: it answered what its documentation does not know.
/// Values that callers give are escaped for wherever they go.
/// Thread: one shard's. Lifetime: the API it was made with outlives it.
class Calendar {
public:
    virtual ~Calendar() = default;

    /// What the calendar is called at the provider: `calendar`, or the id of the default.
    [[nodiscard]] virtual async::Task<Result<std::string>> id_of(std::string calendar) = 0;

    /// All that overlap `range`, by their beginning; of repeated events each occurrence. However long the range is: a
    /// provider's own limit for one request is the connector's business. Whole days count as they lie in `zone`.
    [[nodiscard]] virtual async::Task<Result<std::vector<Event>>> events(std::string calendar, TimeRange range,
                                                                         std::shared_ptr<const TimeZone> zone) = 0;

    [[nodiscard]] virtual async::Task<Result<WrittenEvent>> create(std::string calendar, NewEvent event) = 0;
    [[nodiscard]] virtual async::Task<Result<WrittenEvent>> change(std::string calendar, EventState state,
                                                                   EventChange change) = 0;
    [[nodiscard]] virtual async::Task<Result<void>> remove(std::string calendar, EventState state) = 0;
};

/// The connector that the catalogue entry names (`calendar`); null if it names none.
[[nodiscard]] std::unique_ptr<Calendar> make_calendar(const catalog::Provider& provider, ProviderApi& api);

}  // namespace evergrant::connectors
