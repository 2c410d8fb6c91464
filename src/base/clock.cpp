#include "base/clock.h"

#include <cstdio>
#include <ctime>

namespace evergrant {

std::chrono::milliseconds SystemClock::steady() const noexcept {
    // The coarse clock is read from memory alone, a fifth of the price of steady_clock, and errs by one timer tick.
    std::timespec now{};
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::seconds(now.tv_sec) +
                                                                 std::chrono::nanoseconds(now.tv_nsec));
}

std::string to_iso8601(sys_seconds time) {
    // libstdc++ 12 has neither std::format nor operator<< for sys_time.
    // The count is taken as it is: system_clock's nanoseconds overflow in the year 2262.
    const std::time_t seconds = time.time_since_epoch().count();
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char text[sizeof "-2147483648-12-31T23:59:59Z"];
    const std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return {text, length};
}

}  // namespace evergrant
