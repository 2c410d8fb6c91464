#pragma once
//
// Time as a parameter. Code that decides by the time of day takes a Clock; timers belong to async/.
//
#include <atomic>
#include <chrono>
#include <string>

namespace evergrant {

using Instant = std::chrono::sys_time<std::chrono::milliseconds>;  ///< what stores and leases count in
using std::chrono::sys_seconds;                                    ///< what tokens count in

/// The time of day, and a steady time that no correction of the clock touches. Thread-safe.
class Clock {
public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual Instant now() const noexcept = 0;
    /// Never goes back; its beginning means nothing. Coarse: some milliseconds, for the price of a memory read.
    [[nodiscard]] virtual std::chrono::milliseconds steady() const noexcept = 0;

    [[nodiscard]] sys_seconds now_seconds() const noexcept { return std::chrono::floor<std::chrono::seconds>(now()); }
};

class SystemClock final : public Clock {
public:
    [[nodiscard]] Instant now() const noexcept override {
        return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    }
    [[nodiscard]] std::chrono::milliseconds steady() const noexcept override;
};

/// A clock that moves only when told to; for tests. Thread-safe.
class ManualClock final : public Clock {
public:
    explicit ManualClock(Instant start) : now_(start.time_since_epoch().count()) {}
    [[nodiscard]] Instant now() const noexcept override { return Instant(std::chrono::milliseconds(now_.load())); }
    [[nodiscard]] std::chrono::milliseconds steady() const noexcept override {
        return std::chrono::milliseconds(steady_.load());
    }
    /// Time passes.
    void advance(std::chrono::milliseconds by) noexcept {
        now_ += by.count();
        steady_ += by.count();
    }
    /// Somebody sets the clock; no time passes.
    void step(std::chrono::milliseconds by) noexcept { now_ += by.count(); }

private:
    std::atomic<std::chrono::milliseconds::rep> now_;
    std::atomic<std::chrono::milliseconds::rep> steady_{1'000'000};
};

/// `2026-01-31T12:00:00Z`, as every answer of the HTTP contract writes a time.
[[nodiscard]] std::string to_iso8601(sys_seconds time);

}  // namespace evergrant
