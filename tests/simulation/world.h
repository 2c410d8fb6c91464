#pragma once
//
// The virtual world of the simulation: one queue of events, one throw of dice, one clock that jumps from event to
// event. Everything that happens follows from the seed.
//
#include <chrono>
#include <cstdint>
#include <functional>
#include <queue>
#include <stdexcept>
#include <string>
#include <vector>

namespace evergrant::simulation {

using Time = std::chrono::milliseconds;  ///< true time since the beginning of the run
using std::chrono::minutes;
using std::chrono::seconds;

/// Something that must never happen did.
class Violation : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// What is broken on purpose, to see that the judge finds it.
enum class Flaw : std::uint8_t {
    none,
    late_requests_leave,   ///< nobody looks at the time before a request is put on the wire
    time_of_day,           ///< leases are judged by the replica's time of day
    lease_not_exclusive,   ///< the store gives the lease to everybody
    generation_unchecked,  ///< the store takes every write
    intent_forgotten,      ///< the store does not count presentations
    nothing_rescued,       ///< a token set that the store refuses is forgotten
    doubt_erased,          ///< every failure that may pass ends the intent
    no_token_before,       ///< the refresh token that was replaced in doubt is not kept
    owner_kept,            ///< a failure whose recording was not answered leaves the owner's name as it is
};

class World {
public:
    World(std::uint64_t seed, Flaw flaw, bool tracing) : flaw_(flaw), state_(seed * 2 + 1), tracing_(tracing) {}

    [[nodiscard]] Time now() const noexcept { return now_; }
    [[nodiscard]] bool has(Flaw flaw) const noexcept { return flaw_ == flaw; }
    [[nodiscard]] Flaw flaw() const noexcept { return flaw_; }

    void after(Time pause, std::function<void()> what) {
        queue_.push({now_ + std::max(pause, Time(0)), ++sequence_, std::move(what)});
    }
    /// Runs whatever happens before `end`.
    void run_until(Time end) {
        while (!queue_.empty() && queue_.top().at <= end) {
            now_ = queue_.top().at;
            const auto what = std::move(queue_.top().what);
            queue_.pop();
            what();
        }
        now_ = end;
    }

    [[nodiscard]] std::uint64_t number() noexcept {  // splitmix64
        state_ += 0x9e3779b97f4a7c15U;
        std::uint64_t mixed = state_;
        mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
        mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
        return mixed ^ (mixed >> 31U);
    }
    [[nodiscard]] double dice() noexcept { return static_cast<double>(number() >> 11U) * 0x1.0p-53; }
    [[nodiscard]] bool chance(double probability) noexcept { return dice() < probability; }
    [[nodiscard]] Time between(Time least, Time most) noexcept {
        return least + Time(static_cast<Time::rep>(dice() * static_cast<double>((most - least).count() + 1)));
    }

    [[nodiscard]] bool tracing() const noexcept { return tracing_; }
    void note(const std::string& who, const std::string& what) {
        if (tracing_)
            trace_ += std::to_string(now_.count()) + " ms  " + who + ": " + what + "\n";
    }
    [[nodiscard]] const std::string& trace() const noexcept { return trace_; }

private:
    struct Happening {
        Time at;
        std::uint64_t sequence;
        mutable std::function<void()> what;  // moved out of the queue's top, which is const
        bool operator<(const Happening& other) const noexcept {
            return at != other.at ? at > other.at : sequence > other.sequence;
        }
    };

    Flaw flaw_;
    std::uint64_t state_;
    bool tracing_;
    Time now_{0};
    std::uint64_t sequence_{0};
    std::priority_queue<Happening> queue_;
    std::string trace_;
};

}  // namespace evergrant::simulation
