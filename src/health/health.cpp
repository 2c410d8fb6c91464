#include "health/health.h"

#include "async/deadline.h"
#include "async/for_each_index.h"
#include "storage/alerts.h"
#include "storage/revocations.h"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>

namespace evergrant::health {

namespace {

/// How old counts of connections may be.
constexpr std::chrono::minutes figures_last{1};
constexpr std::chrono::seconds patience_with_a_count{2};
/// So many times as long as a count took the next one is put off: counting takes a hundredth of one connection's time.
constexpr int rest_after_a_count = 100;

Examiner::Parts examiner_parts(const Foundations& foundations, const HealthOptions& options, async::Shard& shard) {
    const Prober::Parts prober{.store = foundations.store,
                               .catalog = foundations.catalog,
                               .clients = foundations.broker.clients(),
                               .broker = foundations.broker.of(shard),
                               .clock = foundations.clock,
                               .metrics = foundations.metrics,
                               .provider_timeout = options.provider_timeout};
    return {.store = foundations.store,
            .catalog = foundations.catalog,
            .vendors = foundations.broker.vendors(),
            .prober = Prober(prober),
            .clock = foundations.clock,
            .random = foundations.random,
            .metrics = foundations.metrics,
            .probe_every = options.probe_every};
}

/// Connections under a check that somebody waits for.
struct Looking {
    Examiner* examiner;
    const std::vector<storage::HealthReport>* reports;
    Instant now;
    async::Deadline deadline;
    std::size_t checked{0};
};

async::Task<void> look_at(Looking* looking, std::size_t index) {
    if (looking->deadline.passed())
        co_return;
    auto examining = looking->examiner->examine((*looking->reports)[index], looking->now, Occasion::asked);
    const auto examined = co_await async::within(looking->deadline, std::move(examining));
    if (examined)
        ++looking->checked;
}

void show_next_expiry(Metrics& metrics, storage::ConnectionStatus status, std::optional<std::chrono::seconds> left) {
    metrics
        .gauge(
            "evergrant_next_expiry_seconds",
            "Seconds until the first access token of connections of that status ends, measured at most once a minute",
            {{"status", std::string(storage::name_of(status))}})
        .set(left ? static_cast<double>(left->count()) : std::numeric_limits<double>::infinity());
}

/// What the store holds for others to take: providers that have not revoked yet, channels that took no alert yet.
async::Task<void> show_what_waits(const Foundations& foundations, async::Deadline deadline) {
    using seconds = std::chrono::duration<double>;
    Metrics& metrics = foundations.metrics;
    auto asking = storage::revocations_of(foundations.store).revocations_waiting(storage::ConnectionFilter());
    const auto revocations = co_await async::within(deadline, std::move(asking));
    if (revocations) {
        metrics
            .gauge("evergrant_revocations_waiting",
                   "Grants that their providers are still asked to revoke, counted at most once a minute")
            .set(static_cast<double>(revocations->count));
        metrics.gauge("evergrant_revocations_waiting_seconds", "Age of the oldest of them; 0: there is none")
            .set(seconds(revocations->oldest).count());
    }
    auto counting = storage::alerts_of(foundations.store).deliveries_waiting();
    const auto deliveries = co_await async::within(deadline, std::move(counting));
    if (deliveries) {
        metrics
            .gauge("evergrant_alert_deliveries_waiting",
                   "Alerts on their way through a channel, counted at most once a minute")
            .set(static_cast<double>(deliveries->count));
        metrics.gauge("evergrant_alert_deliveries_waiting_seconds", "Age of the oldest of their alerts; 0: none waits")
            .set(seconds(deliveries->oldest).count());
    }
}

}  // namespace

Health::OfShard::OfShard(const Foundations& foundations, const HealthOptions& options, async::Shard& shard)
    : examiner(examiner_parts(foundations, options, shard)),
      rejections({.shard = shard, .examiner = examiner, .clock = foundations.clock}) {}

std::vector<std::unique_ptr<Health::OfShard>> Health::all_of(const Foundations& foundations,
                                                             const HealthOptions& options) {
    std::vector<std::unique_ptr<OfShard>> all;
    for (std::size_t index = 0; index < foundations.shards.size(); ++index)
        all.push_back(std::make_unique<OfShard>(foundations, options, foundations.shards[index]));
    return all;
}

Health::Health(Foundations foundations, const HealthOptions& options)
    : foundations_(foundations),
      shards_(all_of(foundations_, options)),
      monitor_({.shard = foundations_.shards[0],
                .store = foundations_.store,
                .catalog = foundations_.catalog,
                .examiner = shards_.front()->examiner,
                .random = foundations_.random,
                .probe_every = options.probe_every,
                .times = options.monitor}),
      setup_({.store = foundations_.store, .catalog = foundations_.catalog, .clients = foundations_.broker.clients()}),
      next_count_at_(foundations_.clock.steady()) {}

void Health::start() {
    boost::asio::post(foundations_.shards[0].context(), [this] { monitor_.start(); });
}

Health::OfShard& Health::of(const boost::asio::execution_context& context) {
    for (std::size_t index = 0; index < shards_.size(); ++index)
        if (&foundations_.shards[index].context() == &context)
            return *shards_[index];
    throw std::logic_error("a check was asked for from outside the shards");
}

async::Task<Result<Checked>> Health::check(storage::HealthFilter filter, std::string cursor, std::size_t limit,
                                           async::Deadline deadline) {
    const auto executor = co_await boost::asio::this_coro::executor;
    const auto before = co_await foundations_.store.list_health(filter, cursor, limit);
    if (!before)
        co_return std::unexpected(before.error());
    Looking looking{.examiner = &of(executor.context()).examiner,
                    .reports = &before->items,
                    .now = foundations_.clock.now(),
                    .deadline = deadline};
    auto one = [whole = &looking](std::size_t index) { return look_at(whole, index); };
    const std::function<async::Task<void>(std::size_t)> work = one;
    co_await async::for_each_index(before->items.size(), work);

    auto after = co_await foundations_.store.list_health(std::move(filter), std::move(cursor), limit);
    if (!after)
        co_return std::unexpected(std::move(after).error());
    Checked checked;
    checked.checked = looking.checked;
    checked.reports = std::move(*after);
    co_return checked;
}

async::Task<void> Health::update_figures() {
    const std::chrono::milliseconds now = foundations_.clock.steady();
    std::chrono::milliseconds due = next_count_at_.load();
    // As if it took as long as it may: whoever scrapes may leave before it has ended.
    if (now < due || !next_count_at_.compare_exchange_strong(due, now + storage::longest_count * rest_after_a_count))
        co_return;
    const auto deadline = async::Deadline::after(patience_with_a_count);
    auto counting = foundations_.store.count_health(storage::HealthFilter());
    const auto counts = co_await async::within(deadline, std::move(counting));
    const auto took = foundations_.clock.steady() - now;
    if (counts || took < patience_with_a_count)
        next_count_at_ = now + std::max<std::chrono::milliseconds>(figures_last, took * rest_after_a_count);
    if (!counts)
        co_return;
    for (std::size_t index = 0; index < storage::health_statuses; ++index) {
        const auto status = static_cast<storage::HealthStatus>(index);
        foundations_.metrics
            .gauge(
                "evergrant_connections",
                "Connections in the store by status, counted at most once a minute, and more seldom if that takes long",
                {{"status", std::string(name_of(status))}})
            .set(static_cast<double>((*counts)[index]));
    }
    auto asking = foundations_.store.next_expiries();
    const auto next = co_await async::within(deadline, std::move(asking));
    if (!next)
        co_return;
    show_next_expiry(foundations_.metrics, storage::ConnectionStatus::healthy, next->healthy);
    show_next_expiry(foundations_.metrics, storage::ConnectionStatus::refresh_failed, next->refresh_failed);
    co_await show_what_waits(foundations_, deadline);
}

async::Task<Result<void>> Health::reported(ConnectionKey key, storage::Generation generation) {
    async::Shard& home = foundations_.broker.vendors().home_of(key);
    Rejections& rejections = shards_[home.index()]->rejections;
    auto ask = [&rejections, key, generation] { return rejections.reported(key, generation); };
    const std::function<async::Task<Result<void>>()> work = ask;
    co_return co_await async::run_on<Result<void>>(home, work);
}

}  // namespace evergrant::health
