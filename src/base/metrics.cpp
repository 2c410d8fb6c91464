#include "base/metrics.h"

#include "base/process_figures.h"

#include <prometheus/check_names.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <algorithm>
#include <mutex>
#include <numeric>
#include <stdexcept>
#include <variant>
#include <vector>

namespace evergrant {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

/// The cell of the calling thread: threads take turns, so that two shards share one only when there are more threads
/// than cells.
std::size_t own_cell(std::size_t cell_count) noexcept {
    static std::atomic<std::size_t> threads_seen{0};
    thread_local const std::size_t number = threads_seen.fetch_add(1, std::memory_order_relaxed);
    return number % cell_count;
}

constexpr std::array bucket_bounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                   0.5,   1.0,    2.5,   5.0,  10.0,  30.0, 60.0};

}  // namespace

void Counter::increment(std::uint64_t by) noexcept {
    cells_[own_cell(cell_count)].count.fetch_add(by, std::memory_order_relaxed);
}

std::uint64_t Counter::value() const noexcept {
    return std::accumulate(cells_.begin(), cells_.end(), std::uint64_t{0}, [](std::uint64_t sum, const Cell& cell) {
        return sum + cell.count.load(std::memory_order_relaxed);
    });
}

struct Histogram::State {
    static constexpr std::size_t cell_count = 16;
    struct alignas(64) Cell {
        std::array<std::atomic<std::uint64_t>, bucket_bounds.size() + 1> counts{};  // the last: above every bound
        std::atomic<double> sum{0.0};
    };
    std::array<Cell, cell_count> cells;

    [[nodiscard]] ClientMetric::Histogram collect() const {
        ClientMetric::Histogram total;
        for (std::size_t bucket = 0; bucket <= bucket_bounds.size(); ++bucket) {
            for (const Cell& cell : cells)
                total.sample_count += cell.counts[bucket].load(std::memory_order_relaxed);
            const double bound =
                bucket < bucket_bounds.size() ? bucket_bounds[bucket] : std::numeric_limits<double>::infinity();
            total.bucket.push_back({.cumulative_count = total.sample_count, .upper_bound = bound});
        }
        for (const Cell& cell : cells)
            total.sample_sum += cell.sum.load(std::memory_order_relaxed);
        return total;
    }
};

Histogram::Histogram() : state_(std::make_unique<State>()) {}
Histogram::~Histogram() = default;

void Histogram::observe(double seconds) noexcept {
    const auto* const bound = std::ranges::lower_bound(bucket_bounds, seconds);
    const auto bucket = static_cast<std::size_t>(bound - bucket_bounds.begin());
    State::Cell& cell = state_->cells[own_cell(State::cell_count)];
    cell.counts[bucket].fetch_add(1, std::memory_order_relaxed);
    cell.sum.fetch_add(seconds, std::memory_order_relaxed);
}

struct Metrics::State {
    template <class Metric>
    using ByLabels = std::map<MetricLabels, std::unique_ptr<Metric>>;

    struct Family {
        std::string help;
        std::variant<ByLabels<Counter>, ByLabels<Gauge>, ByLabels<Histogram>> metrics;
    };

    mutable std::mutex mutex;
    std::map<std::string, Family, std::less<>> families;

    template <class Metric>
    Metric& obtain(std::string_view name, std::string_view help, const MetricLabels& labels) {
        const std::string key(name);
        if (!prometheus::CheckMetricName(key))
            throw std::invalid_argument("not a metric name: " + key);
        for (const auto& label : labels) {
            if (!prometheus::CheckLabelName(label.first))
                throw std::invalid_argument("not a label name of " + key + ": " + label.first);
        }
        const std::scoped_lock lock(mutex);
        auto& family = families.try_emplace(key, std::string(help), ByLabels<Metric>{}).first->second;
        auto* metrics = std::get_if<ByLabels<Metric>>(&family.metrics);
        if (metrics == nullptr)
            throw std::invalid_argument("a metric of another type has the name " + key);
        auto& metric = (*metrics)[labels];
        if (!metric)
            metric = std::make_unique<Metric>();
        return *metric;
    }

    [[nodiscard]] std::vector<MetricFamily> collect() const;

    static MetricType write(const Counter& counter, ClientMetric& to) {
        to.counter.value = static_cast<double>(counter.value());
        return MetricType::Counter;
    }
    static MetricType write(const Gauge& gauge, ClientMetric& to) {
        to.gauge.value = gauge.value();
        return MetricType::Gauge;
    }
    static MetricType write(const Histogram& histogram, ClientMetric& to) {
        to.histogram = histogram.state_->collect();
        return MetricType::Histogram;
    }
};

std::vector<MetricFamily> Metrics::State::collect() const {
    std::vector<MetricFamily> collected;
    const std::scoped_lock lock(mutex);
    for (const auto& [name, family] : families) {
        MetricFamily& out = collected.emplace_back();
        out.name = name;
        out.help = family.help;
        const auto write_all = [&out](const auto& metrics) {
            for (const auto& [labels, metric] : metrics) {
                ClientMetric& sample = out.metric.emplace_back();
                for (const auto& [label, value] : labels)
                    sample.label.push_back({.name = label, .value = value});
                out.type = write(*metric, sample);
            }
        };
        std::visit(write_all, family.metrics);
    }
    return collected;
}

namespace {

MetricFamily single(std::string name, std::string help, MetricType type, double value) {
    MetricFamily family{.name = std::move(name), .help = std::move(help), .type = type, .metric = {}};
    ClientMetric& sample = family.metric.emplace_back();
    sample.counter.value = value;
    sample.gauge.value = value;
    return family;
}

void add_process_figures(std::vector<MetricFamily>& families) {
    const ProcessFigures figures = read_process_figures();
    families.push_back(single("process_resident_memory_bytes", "Resident memory size in bytes.", MetricType::Gauge,
                              static_cast<double>(figures.resident_bytes)));
    families.push_back(single("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.",
                              MetricType::Counter, figures.cpu_seconds));
    families.push_back(single("process_open_fds", "Number of open file descriptors.", MetricType::Gauge,
                              static_cast<double>(figures.open_files)));
    families.push_back(single("process_start_time_seconds", "Start time of the process since unix epoch in seconds.",
                              MetricType::Gauge, figures.start_time_seconds));
}

}  // namespace

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

Counter& Metrics::counter(std::string_view name, std::string_view help, const MetricLabels& labels) {
    return state_->obtain<Counter>(name, help, labels);
}

Gauge& Metrics::gauge(std::string_view name, std::string_view help, const MetricLabels& labels) {
    return state_->obtain<Gauge>(name, help, labels);
}

Histogram& Metrics::histogram(std::string_view name, std::string_view help, const MetricLabels& labels) {
    return state_->obtain<Histogram>(name, help, labels);
}

std::string Metrics::render() const {
    std::vector<MetricFamily> families = state_->collect();
    add_process_figures(families);
    return prometheus::TextSerializer().Serialize(families);
}

}  // namespace evergrant
