#include "broker/fleet_news.h"

#include "async/sleep.h"
#include "base/log.h"
#include "broker/token_vendor.h"

#include <utility>

namespace evergrant::broker {

namespace {

constexpr std::string_view help = "News between replicas: told, heard, and gaps in what was heard";

}  // namespace

FleetNews::FleetNews(cache::NewsChannel* channel, TrustTimes times, Metrics& metrics)
    : channel_(channel),
      times_(times),
      told_(metrics.counter("evergrant_news_total", help, {{"event", "told"}})),
      heard_(metrics.counter("evergrant_news_total", help, {{"event", "heard"}})),
      gaps_(metrics.counter("evergrant_news_total", help, {{"event", "gap"}})) {}

void FleetNews::replaced(const ConnectionKey& key, std::uint64_t generation) {
    tell({.kind = cache::News::Kind::replaced, .key = key, .generation = generation});
}

void FleetNews::removed(const ConnectionKey& key, std::uint64_t generation) {
    tell({.kind = cache::News::Kind::removed, .key = key, .generation = generation});
}

void FleetNews::keys_changed() {
    tell({.kind = cache::News::Kind::keys, .key = {}, .generation = 0});
}

void FleetNews::tell(cache::News news) {
    if (channel_ == nullptr)
        return;
    told_.increment();
    channel_->publish(std::move(news));
}

void FleetNews::start(async::Shard& shard, Listeners listeners) {
    listeners_ = std::move(listeners);
    if (channel_ != nullptr)
        channel_->start([this](const std::optional<cache::News>& news) { hear(news); });
    if (listeners_.trust->bounded()) {
        auto again = [this] { return look_up_keys_again(); };
        shard.spawn("look-up-keys-again", again, async::AtDrain::stop);
    }
}

void FleetNews::hear(const std::optional<cache::News>& news) {
    if (!news) {
        gaps_.increment();
        log(LogLevel::warning, "news_gap", {});
        listeners_.trust->doubt_all();
        listeners_.keys->changed();
        return;
    }
    heard_.increment();
    if (news->kind == cache::News::Kind::keys)
        listeners_.keys->changed();
    else
        listeners_.vendors->heard(*news, listeners_.wake);
}

async::Task<void> FleetNews::look_up_keys_again() {
    std::chrono::seconds since_last{0};
    for (;;) {
        co_await async::sleep_for(times_.without_news);
        since_last += times_.without_news;
        const bool deaf = channel_ == nullptr || !channel_->live();
        if (!deaf && since_last + times_.without_news <= times_.with_news)
            continue;
        since_last = std::chrono::seconds(0);
        listeners_.keys->changed();
    }
}

}  // namespace evergrant::broker
