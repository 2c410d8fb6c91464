#pragma once
//
// Metric handles. A handle is obtained once, at wiring, and is cheap to move on: counters are spread over padded
// cells so that cores do not share a cache line on the read path; a scrape sums them.
//
#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace evergrant {

using MetricLabels = std::map<std::string, std::string>;

/// A number that only grows. Thread-safe, lock-free.
class Counter {
public:
    void increment(std::uint64_t by = 1) noexcept;
    [[nodiscard]] std::uint64_t value() const noexcept;

private:
    static constexpr std::size_t cell_count = 16;
    struct alignas(64) Cell {
        std::atomic<std::uint64_t> count{0};
    };
    std::array<Cell, cell_count> cells_;
};

/// A number that goes both ways. Thread-safe.
class Gauge {
public:
    void set(double value) noexcept { value_.store(value, std::memory_order_relaxed); }
    void add(double by) noexcept { value_.fetch_add(by, std::memory_order_relaxed); }
    [[nodiscard]] double value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<double> value_{0.0};
};

/// Counts one piece of work for as long as it lives.
class UnderWay {
public:
    explicit UnderWay(Gauge& gauge) noexcept : gauge_(gauge) { gauge_.add(1); }
    UnderWay(const UnderWay&) = delete;
    UnderWay& operator=(const UnderWay&) = delete;
    ~UnderWay() { gauge_.add(-1); }

private:
    Gauge& gauge_;
};

/// Seconds in buckets from 1 ms to 60 s. Thread-safe.
class Histogram {
public:
    Histogram();
    ~Histogram();
    void observe(double seconds) noexcept;

private:
    friend class Metrics;
    struct State;
    std::unique_ptr<State> state_;
};

/// Owns every metric of the process. Asking twice for one name and labels gives the same handle.
/// Names follow Prometheus's conventions: `evergrant_…_total`, `_seconds`, `_bytes`. Thread-safe.
class Metrics {
public:
    Metrics();
    ~Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    [[nodiscard]] Counter& counter(std::string_view name, std::string_view help, const MetricLabels& labels = {});
    [[nodiscard]] Gauge& gauge(std::string_view name, std::string_view help, const MetricLabels& labels = {});
    [[nodiscard]] Histogram& histogram(std::string_view name, std::string_view help, const MetricLabels& labels = {});

    /// Prometheus text exposition format 0.0.4 of everything, with the process's own figures
    /// (process_resident_memory_bytes, process_cpu_seconds_total, process_open_fds, process_start_time_seconds).
    [[nodiscard]] std::string render() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace evergrant
