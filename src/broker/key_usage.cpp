#include "broker/key_usage.h"

#include "async/sleep.h"
#include "base/log.h"

#include <utility>

namespace evergrant::broker {

async::Task<void> note_key_usage(Authenticator* authenticator, storage::Store* store) {
    constexpr std::chrono::seconds between_notes{30};
    for (;;) {
        co_await async::sleep_for(between_notes);
        auto used = authenticator->take_last_used();
        if (used.empty())
            continue;
        const auto noted = co_await store->touch_api_keys(std::move(used));
        if (!noted)
            log(LogLevel::warning, "key_usage_not_noted", {{"error", noted.error().message}});
    }
}

}  // namespace evergrant::broker
