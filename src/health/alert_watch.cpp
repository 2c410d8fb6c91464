#include "health/alert_watch.h"

#include "async/sleep.h"
#include "base/log.h"

#include <utility>

namespace evergrant::health {

namespace {

constexpr std::size_t batch = 500;  // of connections in one change
constexpr int most_batches = 20;    // in one look
constexpr std::size_t id_characters = 22;

}  // namespace

std::string new_alert_id(crypto::Random& random) {
    return "alert_" + random.token().substr(0, id_characters);
}

AlertWatch::AlertWatch(Parts parts)
    : parts_(std::move(parts)),
      looks_(parts_.metrics.counter("evergrant_alert_looks_total", "Looks for what people are to be told of")),
      told_(parts_.metrics.counter("evergrant_alert_connections_told_total",
                                   "Changes of connections' statuses, and notices, that alerts were made of")) {}

void AlertWatch::start() {
    auto watching = [this] { return watch(); };
    auto sweeping = [this] { return sweep(); };
    parts_.shard.spawn("alert-watch", watching, async::AtDrain::stop);
    parts_.shard.spawn("sweep-alerts", sweeping, async::AtDrain::stop);
}

async::Task<void> AlertWatch::watch() {
    const async::Backoff store_away{.first = parts_.times.look, .cap = parts_.times.longest_pause};
    unsigned failures = 0;
    for (;;) {
        const auto looked = co_await look();
        if (looked) {
            failures = 0;
            co_await pause(parts_.times.look);
            continue;
        }
        log(LogLevel::warning, "alerts_not_made", {{"error", looked.error().message}});
        co_await async::sleep_for(store_away.pause(failures++, parts_.random.dice()));
    }
}

async::Task<Result<std::size_t>> AlertWatch::look() {
    const auto connections = co_await tell_all_of(&AlertWatch::tell_of_connections);
    if (!connections)
        co_return std::unexpected(connections.error());
    const auto notices = co_await tell_all_of(&AlertWatch::tell_of_notices);
    if (!notices)
        co_return std::unexpected(notices.error());
    const auto ended = co_await parts_.store.end_episodes(parts_.times.unconfirmed);
    if (!ended)
        co_return std::unexpected(ended.error());
    const auto left = co_await parts_.store.end_left_alerts(incident_channels());
    if (!left)
        co_return std::unexpected(left.error());
    const auto sent = co_await send_what_is_ready();
    if (!sent)
        co_return std::unexpected(sent.error());
    looks_.increment();
    co_return *connections + *notices;
}

async::Task<Result<std::size_t>> AlertWatch::tell_all_of(
    async::Task<Result<std::size_t>> (AlertWatch::*tell_of_some)()) {
    std::size_t told = 0;
    for (int batches = 0; batches < most_batches; ++batches) {
        const auto some = co_await (this->*tell_of_some)();
        if (!some)
            co_return std::unexpected(some.error());
        told += *some;
        if (*some < batch)
            break;
    }
    co_return told;
}

storage::ConnectionTelling AlertWatch::telling(const storage::UntoldConnection& connection) const {
    storage::ConnectionTelling made = telling_of(connection, new_alert_id(parts_.random));
    keep_apart(parts_.routes, made.telling);
    return made;
}

/// How many of a batch were told of or put off.
async::Task<Result<std::size_t>> AlertWatch::tell_of_connections() {
    const auto untold = co_await parts_.store.untold_connections(batch);
    if (!untold)
        co_return std::unexpected(untold.error());
    std::vector<storage::UntoldConnection> later;
    std::vector<storage::ConnectionTelling> now;
    for (const storage::UntoldConnection& one : *untold) {
        if (is_perhaps_a_blip(parts_.rules, one))
            later.push_back(one);
        else
            now.push_back(telling(one));
    }
    if (!later.empty()) {
        const auto put_off = co_await parts_.store.postpone_telling(std::move(later), parts_.rules.failing_after);
        if (!put_off)
            co_return std::unexpected(put_off.error());
    }
    const auto told = co_await tell_now(std::move(now));
    if (!told)
        co_return std::unexpected(told.error());
    co_return untold->size();
}

async::Task<Result<std::size_t>> AlertWatch::tell_of_notices() {
    const auto untold = co_await parts_.store.untold_notices(batch);
    if (!untold)
        co_return std::unexpected(untold.error());
    std::vector<storage::ConnectionTelling> now;
    for (const storage::UntoldConnection& one : *untold)
        now.push_back(telling(one));
    const auto told = co_await tell_now(std::move(now));
    if (!told)
        co_return std::unexpected(told.error());
    co_return untold->size();
}

async::Task<Result<void>> AlertWatch::tell_now(std::vector<storage::ConnectionTelling> tellings) {
    if (tellings.empty())
        co_return Result<void>();
    const auto told = co_await parts_.store.tell(std::move(tellings), parts_.pace);
    if (!told)
        co_return std::unexpected(told.error());
    told_.increment(*told);
    co_return Result<void>();
}

async::Task<Result<void>> AlertWatch::send_what_is_ready() {
    const auto ready = co_await parts_.store.alerts_to_send(batch);
    if (!ready)
        co_return std::unexpected(ready.error());
    for (const storage::Alert& alert : *ready) {
        const storage::Severity severity = severity_of(parts_.rules, alert);
        std::vector<std::string> channels = channels_for(parts_.routes, alert, severity, parts_.channels);
        const auto sent =
            co_await parts_.store.send_alert(alert.id, std::move(channels), episode_of(parts_.rules, alert));
        if (!sent)
            co_return std::unexpected(sent.error());
        if (!*sent)
            continue;
        log(alert.ends ? LogLevel::info : LogLevel::warning, "alert",
            {{"id", alert.id},
             {"rule", alert.rule},
             {"severity", storage::name_of(severity)},
             {"ends", alert.ends},
             {"provider", alert.provider.str()},
             {"tenant", alert.tenant.str()},
             {"count", static_cast<std::int64_t>(alert.count)},
             {"reason", alert.reason}});
    }
    co_return Result<void>();
}

async::Task<void> AlertWatch::sweep() {
    for (;;) {
        const auto swept = co_await parts_.store.sweep_alerts(parts_.times.kept, batch);
        if (!swept)
            log(LogLevel::warning, "alerts_not_swept", {{"error", swept.error().message}});
        else if (*swept == batch)
            continue;
        co_await pause(parts_.times.sweep);
    }
}

/// Replicas that started together do not go on in step.
async::Task<void> AlertWatch::pause(std::chrono::milliseconds about) {
    constexpr double shortest = 0.75;
    constexpr double spread = 0.5;
    const std::chrono::duration<double, std::milli> jittered = about * (shortest + spread * parts_.random.dice());
    co_await async::sleep_for(std::chrono::ceil<std::chrono::milliseconds>(jittered));
}

}  // namespace evergrant::health
