#include "storage/call_meter.h"

#include <string>

namespace evergrant::storage {

CallMeter::CallMeter(Metrics& metrics, std::string_view engine, std::string_view use) {
    const MetricLabels labels{{"engine", std::string(engine)}, {"use", std::string(use)}};
    duration_ = &metrics.histogram("evergrant_store_call_duration_seconds",
                                   "Time from asking the store to its answer, waiting included", labels);
    under_way_ = &metrics.gauge("evergrant_store_calls_under_way", "Calls that the store has not answered yet", labels);
    unanswered_ = &metrics.counter("evergrant_store_calls_failed_total",
                                   "Calls that the store could not answer, or would not for want of room", labels);
}

bool CallMeter::is_unanswered(const Error& error) noexcept {
    return error.code == Errc::store_unavailable || error.code == Errc::overloaded;
}

}  // namespace evergrant::storage
