#include "health/server_watch.h"

#include "async/sleep.h"
#include "base/log.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace evergrant::health {

namespace {

constexpr std::chrono::seconds patience_with_the_store{10};
constexpr std::size_t most_callers_told = 20;  // the metric counts all

async::Task<Result<storage::Store::Health>> health_of(storage::Store* store) {
    auto health = co_await store->health();
    co_return health;
}

storage::Alert store_alert(const Condition& condition, Instant now) {
    storage::Alert alert;
    alert.rule = std::string(condition.rule);
    alert.severity = condition.severity;
    alert.status = condition.status;
    alert.reason = condition.reason;
    alert.count = 1;
    alert.first_at = now;
    return alert;
}

}  // namespace

ServerWatch::ServerWatch(Parts parts)
    : parts_(std::move(parts)),
      store_up_(parts_.metrics.gauge("evergrant_store_up", "1 while the store takes writes, else 0")),
      store_probe_(parts_.metrics.gauge("evergrant_store_probe_seconds",
                                        "How long the store took to answer when it was last asked how it is")),
      unusual_callers_(
          parts_.metrics.gauge("evergrant_unusual_callers", "API keys that take far more tokens than before")),
      expiries_({.store = parts_.alerts,
                 .disk = parts_.disk,
                 .clock = parts_.clock,
                 .metrics = parts_.metrics,
                 .certificates = parts_.certificates}) {
    store_up_.set(1);
}

void ServerWatch::start() {
    auto watching = [this] { return watch(); };
    parts_.shard.spawn("server-watch", watching, async::AtDrain::stop);
}

async::Task<void> ServerWatch::watch() {
    for (;;) {
        co_await look();
        co_await async::sleep_for(parts_.interval);
    }
}

async::Task<void> ServerWatch::look() {
    const ServerFigures now = co_await figures();
    const std::vector<Condition> wrong = rules_.judge(now);
    if (now.store_writable && !store_lost_id_.empty())
        co_await tell_that_the_store_is_back();
    for (const Condition& condition : wrong) {
        if (condition.rule == rule::database_lost)
            co_await tell_past_the_store(&condition);
        else if (now.store_writable)
            co_await tell(&condition);
    }
    std::vector<UnusualCaller> unusual = unusual_callers();
    if (!now.store_writable)
        co_return;
    co_await tell_of(std::move(unusual));
    const std::vector<Condition> ending = co_await expiries_.look();
    for (const Condition& condition : ending)
        co_await tell(&condition);
}

std::vector<UnusualCaller> ServerWatch::unusual_callers() {
    std::vector<UnusualCaller> unusual = vend_rates_.judge(parts_.take_vends(), parts_.clock.steady());
    unusual_callers_.set(static_cast<double>(unusual.size()));
    std::ranges::sort(unusual, std::ranges::greater(), &UnusualCaller::tokens);
    if (unusual.size() > most_callers_told)
        unusual.resize(most_callers_told);
    return unusual;
}

async::Task<void> ServerWatch::tell_of(std::vector<UnusualCaller> callers) {
    for (const UnusualCaller& one : callers) {
        const std::string name = co_await name_of_caller(one.caller);
        const Condition condition = unusual_vends(one, name);
        co_await tell(&condition);
    }
}

/// Empty: it is no API key, or the store does not say.
async::Task<std::string> ServerWatch::name_of_caller(std::string caller) {
    const auto deadline = async::Deadline::after(patience_with_the_store);
    auto asking = parts_.store.find_api_key(std::move(caller));
    const auto key = co_await async::within(deadline, std::move(asking));
    co_return key && *key ? (*key)->name : std::string();
}

async::Task<ServerFigures> ServerWatch::figures() {
    ServerFigures now = figures_of(MetricFigures::parse(parts_.metrics.render()));
    const auto begun = parts_.clock.steady();
    const auto deadline = async::Deadline::after(patience_with_the_store);
    auto asking = health_of(&parts_.store);
    const auto health = co_await async::within(deadline, std::move(asking));
    now.at = parts_.clock.steady();
    now.store_took = now.at - begun;
    now.store_writable = health && health->writable;
    store_up_.set(now.store_writable ? 1 : 0);
    store_probe_.set(std::chrono::duration<double>(now.store_took).count());
    co_return now;
}

async::Task<void> ServerWatch::tell(const Condition* condition) {
    storage::Telling telling;
    telling.id = new_alert_id(parts_.random);
    telling.rule = std::string(condition->rule);
    telling.fold_key = condition->subject.empty() ? telling.rule : telling.rule + "|" + condition->subject;
    telling.severity = condition->severity;
    telling.episode = condition->once ? storage::Episode::none : storage::Episode::condition;
    telling.once = condition->once;
    telling.status = condition->status;
    telling.reason = condition->reason;
    const auto raised = co_await parts_.alerts.raise_alert(std::move(telling), parts_.pace);
    if (!raised)
        log(LogLevel::warning, "alerts_not_made", {{"error", raised.error().message}});
    else if (condition->once)
        expiries_.told(*condition);
}

async::Task<void> ServerWatch::tell_past_the_store(const Condition* condition) {
    if (!store_lost_id_.empty())
        co_return;
    store_lost_id_ = new_alert_id(parts_.random);
    storage::Alert alert = store_alert(*condition, parts_.clock.now());
    alert.id = store_lost_id_;
    co_await announce(std::move(alert));
}

async::Task<void> ServerWatch::tell_that_the_store_is_back() {
    Condition over{.rule = rule::database_lost,
                   .severity = storage::Severity::critical,
                   .status = "recovered",
                   .reason = "The store takes writes again."};
    storage::Alert alert = store_alert(over, parts_.clock.now());
    alert.id = std::exchange(store_lost_id_, {}).append(storage::end_mark);
    alert.ends = true;
    co_await announce(std::move(alert));
}

async::Task<void> ServerWatch::announce(storage::Alert alert) {
    log(alert.ends ? LogLevel::info : LogLevel::error, "alert",
        {{"id", alert.id}, {"rule", alert.rule}, {"ends", alert.ends}, {"reason", alert.reason}});
    std::vector<std::string> channels =
        channels_for(parts_.routes, alert, alert.severity, parts_.courier.channel_names());
    co_await parts_.courier.send_past_the_store(std::move(alert), std::move(channels));
}

}  // namespace evergrant::health
