#include "run.h"

#include "fleet.h"
#include "replica.h"

#include <array>

namespace evergrant::simulation {

namespace {

constexpr Time faults_end = minutes(12);
constexpr Time all_ends = faults_end + minutes(75);

/// Each seed has its own mixture: a fault that is always there hides others.
Weather weather_of(World& world) {
    const auto sometimes = [&world](double most) { return world.chance(0.5) ? world.dice() * most : 0.0; };
    Weather weather;
    weather.request_lost = sometimes(0.15);
    weather.reply_lost = sometimes(0.25);
    weather.slow = sometimes(0.3);
    weather.provider_fails = sometimes(0.4);
    weather.disk_full = sometimes(0.2);
    weather.news_lost = world.dice();
    return weather;
}

/// Faults that come over the fleet again and again, each with a mean pause of its own.
class Faults {
public:
    explicit Faults(Fleet& fleet) : fleet_(fleet), world_(fleet.world) {}

    void begin() {
        recurring([this] { any().crash(); });
        recurring([this] { any().stop_for(world_.between(Time(50), seconds(150))); });
        recurring([this] { any().cut_off_for(world_.between(Time(200), seconds(120))); });
        recurring([this] { any().step_clock(world_.between(-minutes(5), minutes(5)) - Time(0)); }, 0.25);
        recurring([this] { fleet_.store_away_for(world_.between(Time(100), seconds(100))); });
        recurring([this] { fail_over(); });
    }

private:
    Replica& any() { return *fleet_.replicas[world_.number() % fleet_.replicas.size()]; }

    /// Another machine is the store from now on; its clock is not quite the same.
    void fail_over() {
        fleet_.store_away_for(world_.between(Time(100), seconds(5)));
        fleet_.store_offset = world_.between(Time(-700), Time(700));
    }

    void recurring(const std::function<void()>& fault, double probability = 0.5) {
        if (world_.chance(probability))
            next(fault, world_.between(seconds(20), minutes(6)));
    }

    void next(const std::function<void()>& fault, Time mean) {
        world_.after(world_.between(Time(0), 2 * mean), [this, fault, mean] {
            if (world_.now() >= faults_end)
                return;
            fault();
            next(fault, mean);
        });
    }

    Fleet& fleet_;
    World& world_;
};

}  // namespace

Verdict run(std::uint64_t seed, Flaw flaw, bool tracing) {
    World world(seed, flaw, tracing);
    constexpr std::array rotations{Rotation::is_static, Rotation::grace_repeats, Rotation::grace_renews,
                                   Rotation::strict};
    const Rotation rotation = rotations[world.number() % rotations.size()];
    const Time grace = world.chance(0.25) ? Time(minutes(2)) : Time(minutes(600));
    const std::size_t replicas = 2 + world.number() % 3;
    Fleet fleet(world, rotation, grace, replicas, 1 + world.number() % 2);
    fleet.weather = weather_of(world);
    Faults faults(fleet);
    Verdict verdict;
    try {
        faults.begin();
        for (const auto& replica : fleet.replicas)
            replica->start();
        world.run_until(faults_end);
        world.note("world", "the faults end");
        fleet.weather = Weather();
        fleet.last_refreshes_begin = all_ends - minutes(2);
        world.run_until(all_ends);
        fleet.judge();
    } catch (const Violation& violation) {
        world.note("judge", violation.what());
        verdict.violation = violation.what();
    }
    verdict.presentations = fleet.provider.presentations();
    verdict.trace = world.trace();
    return verdict;
}

}  // namespace evergrant::simulation
