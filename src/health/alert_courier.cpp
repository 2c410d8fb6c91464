#include "health/alert_courier.h"

#include "async/for_each_index.h"
#include "async/sleep.h"
#include "base/log.h"

#include <boost/system/system_error.hpp>

#include <algorithm>
#include <utility>

namespace evergrant::health {

namespace {

constexpr std::size_t batch = 8;  // as many as are sent at once
constexpr std::chrono::seconds first_pause{5};
constexpr std::chrono::minutes longest_pause{15};
constexpr std::chrono::seconds time_to_note{10};

storage::Alert test_alert(crypto::Random& random, Instant now) {
    storage::Alert alert;
    alert.id = new_alert_id(random);
    alert.rule = std::string(rule::test);
    alert.severity = storage::Severity::info;
    alert.status = "test";
    alert.reason = "Somebody asked for it. Nothing is wrong, and there is nothing to do.";
    alert.count = 1;
    alert.first_at = now;
    return alert;
}

}  // namespace

std::optional<std::chrono::milliseconds> pause_before_retry(const AlertTimes& times, unsigned attempts,
                                                            std::chrono::milliseconds age, const Error& error,
                                                            double dice) {
    if (age >= times.delivery_life)
        return std::nullopt;
    const async::Backoff backoff{.first = first_pause, .cap = longest_pause};
    const std::chrono::milliseconds own = backoff.pause(attempts - 1, dice);
    return error.retry_after ? std::max<std::chrono::milliseconds>(own, *error.retry_after) : own;
}

std::vector<std::string> AlertCourier::channel_names() const {
    std::vector<std::string> names;
    for (const auto& channel : parts_.channels)
        names.emplace_back(channel->name());
    return names;
}

void AlertCourier::start() {
    auto running = [this] { return run(); };
    parts_.shard.spawn("alert-courier", running, async::AtDrain::stop);
}

async::Task<void> AlertCourier::run() {
    const async::Backoff store_away{.first = parts_.times.look, .cap = parts_.times.longest_pause};
    unsigned failures = 0;
    for (;;) {
        const auto delivered = co_await deliver_due();
        if (delivered && *delivered == batch)
            continue;
        if (!delivered)
            log(LogLevel::warning, "alerts_not_claimed", {{"error", delivered.error().message}});
        failures = delivered ? 0 : failures + 1;
        co_await async::sleep_for(store_away.pause(failures, parts_.random.dice()));
    }
}

async::Task<Result<std::size_t>> AlertCourier::deliver_due() {
    const auto claim = parts_.times.delivery_timeout + time_to_note;
    auto due = co_await parts_.store.claim_deliveries(claim, batch);
    if (!due)
        co_return std::unexpected(std::move(due).error());
    std::function<async::Task<void>(std::size_t)> one = [this, &due](std::size_t index) {
        return deliver(std::move((*due)[index]));
    };
    co_await async::for_each_index(due->size(), std::move(one));
    co_return due->size();
}

async::Task<void> AlertCourier::deliver(storage::AlertDelivery delivery) {
    const std::string id = delivery.alert.id;
    const auto sent = co_await send(delivery.channel, message_of(parts_.rules, parts_.links, delivery.alert));
    MetricLabels labels;
    labels["channel"] = delivery.channel.substr(0, delivery.channel.find(':'));
    labels["outcome"] = sent ? "delivered" : "failed";
    parts_.metrics.counter("evergrant_alert_deliveries_total", "Alerts sent through a channel, by outcome", labels)
        .increment();
    if (sent) {
        const auto noted = co_await parts_.store.end_delivery(id, delivery.channel);
        if (!noted)  // it is sent again when its claim has run out, under the same id
            log(LogLevel::warning, "alert_delivery_not_noted", {{"id", id}, {"error", noted.error().message}});
        co_return;
    }
    const Instant told_at = delivery.alert.told_at.value_or(delivery.alert.first_at);
    const auto pause = pause_before_retry(parts_.times, delivery.attempts, parts_.clock.now() - told_at, sent.error(),
                                          parts_.random.dice());
    log(pause ? LogLevel::warning : LogLevel::error, pause ? "alert_not_delivered" : "alert_given_up",
        {{"id", id},
         {"channel", delivery.channel},
         {"attempts", static_cast<std::int64_t>(delivery.attempts)},
         {"error", sent.error().message}});
    const auto noted = co_await parts_.store.fail_delivery(id, delivery.channel, sent.error().message, pause);
    if (!noted)
        log(LogLevel::warning, "alert_delivery_not_noted", {{"id", id}, {"error", noted.error().message}});
}

async::Task<Result<void>> AlertCourier::send(std::string channel, AlertMessage message) {
    AlertChannel* through = find(channel);
    if (through == nullptr)
        co_return failure(Errc::not_found, "This channel is not configured here.");
    const auto deadline = async::Deadline::after(parts_.times.delivery_timeout);
    auto sending = through->send(std::move(message), deadline);
    auto sent = co_await async::within(deadline, std::move(sending));
    co_return sent;
}

async::Task<void> AlertCourier::send_past_the_store(storage::Alert alert, std::vector<std::string> channels) {
    const AlertMessage message = message_of(parts_.rules, parts_.links, alert);
    for (const std::string& name : channels) {
        const auto sent = co_await send(name, message);
        if (!sent)
            log(LogLevel::warning, "alert_not_delivered",
                {{"id", alert.id}, {"channel", name}, {"error", sent.error().message}});
    }
}

async::Task<std::vector<AlertCourier::Outcome>> AlertCourier::test() {
    std::vector<Outcome> outcomes;
    const AlertMessage message = message_of(parts_.rules, parts_.links, test_alert(parts_.random, parts_.clock.now()));
    for (const auto& channel : parts_.channels) {
        auto sent = co_await send(std::string(channel->name()), message);
        outcomes.emplace_back(std::string(channel->name()), std::move(sent));
    }
    co_return outcomes;
}

AlertChannel* AlertCourier::find(std::string_view name) const {
    const auto found = std::ranges::find(parts_.channels, name, [](const auto& channel) { return channel->name(); });
    return found == parts_.channels.end() ? nullptr : found->get();
}

}  // namespace evergrant::health
