#include "cache/redis_health.h"

#include "base/log.h"

#include <utility>

namespace evergrant::cache {

bool RedisHealth::ask(time_point now) noexcept {
    if (failures_ < failures_to_rest)
        return true;
    if (now < rest_ends_ || trial_under_way_)
        return false;
    trial_under_way_ = true;
    return true;
}

bool RedisHealth::take(const Result<net::RedisReply>& reply, time_point now) {
    trial_under_way_ = false;
    if (reply && !reply->is_error()) {
        if (std::exchange(failures_, 0) >= failures_to_rest)
            log(LogLevel::info, "shared_cache_works_again", {{"use", use_}});
        return true;
    }
    rest_ends_ = now + rest;
    if (++failures_ == failures_to_rest) {
        const std::string& why = reply ? reply->text : reply.error().message;
        log(LogLevel::warning, "shared_cache_unavailable", {{"use", use_}, {"error", why}});
    }
    return false;
}

}  // namespace evergrant::cache
