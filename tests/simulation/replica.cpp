#include "replica.h"

#include "async/sleep.h"

#include <algorithm>

namespace evergrant::simulation {

namespace {

constexpr async::Backoff between_writes{.first = Time(100), .cap = seconds(5)};

}  // namespace

Replica::Replica(Fleet& fleet, std::size_t index) : fleet_(fleet), world_(fleet.world), index_(index) {}

broker::SteadyTime Replica::steady() const {
    // Counts from another zero on each replica, and goes on while the process is stopped.
    const Time since = world_.has(Flaw::time_of_day) ? world_.now() + skew_ : world_.now();
    return broker::SteadyTime(since + minutes(60) * (index_ + 1));
}

broker::Moment Replica::moment() {
    return {wall(), steady(), world_.dice()};
}

void Replica::start() {
    alive_ = true;
    owner_ = broker::LeaseOwner(name() + "." + std::to_string(incarnation_));
    world_.note(name(), "starts");
    replay();
    for (std::size_t grant = 0; grant < fleet_.grants; ++grant)
        read_again(grant);
}

void Replica::crash() {
    if (!alive_)
        return;
    world_.note(name(), "dies");
    alive_ = false;
    for (auto& [grant, run] : runs_) {
        run->current = false;
        if (run->presentation && !run->presentation->ended)
            run->presentation->ended = world_.now();
        if (run->presentation)
            run->presentation->died_with_it = true;
    }
    for (const auto& rescued : rescues_)
        if (!rescued->durable)
            rescued->presentation->died_with_it = true;
    runs_.clear();
    rescues_.clear();
    known_.clear();
    backlog_.clear();
    recovered_ = false;
    ++incarnation_;
    const Time down = world_.between(Time(50), seconds(90));
    note_trouble(world_.now(), world_.now() + down);
    world_.after(down, [this] { start(); });
}

void Replica::stop_for(Time how_long) {
    world_.note(name(), "is stopped for " + std::to_string(how_long.count()) + " ms");
    ++stopped_;
    note_trouble(world_.now(), world_.now() + how_long);
    world_.after(how_long, [this] {
        if (--stopped_ > 0)
            return;
        world_.note(name(), "goes on");
        // Timers and sockets are ready at once: in which order they are looked at is luck.
        auto backlog = std::exchange(backlog_, {});
        if (world_.chance(0.5))
            std::ranges::reverse(backlog);
        for (auto& what : backlog)
            deliver(incarnation_, std::move(what));
    });
}

void Replica::cut_off_for(Time how_long) {
    world_.note(name(), "is cut off from the store for " + std::to_string(how_long.count()) + " ms");
    ++cut_off_;
    note_trouble(world_.now(), world_.now() + how_long);
    world_.after(how_long, [this] { --cut_off_; });
}

bool Replica::in_trouble(Time from, Time to) const {
    return std::ranges::any_of(trouble_, [=](const auto& one) { return one.first <= to && from <= one.second; });
}

void Replica::later(Time pause, std::function<void()> what) {
    world_.after(pause, [this, incarnation = incarnation_, what = std::move(what)] { deliver(incarnation, what); });
}

void Replica::deliver(unsigned incarnation, std::function<void()> what) {
    if (!alive_ || incarnation != incarnation_)
        return;
    if (stopped_ > 0)
        backlog_.push_back(std::move(what));
    else
        what();
}

// Reading, the cause of it all.

void Replica::read_again(std::size_t grant) {
    later(world_.between(seconds(2), seconds(40)), [this, grant] {
        read(grant);
        read_again(grant);
    });
}

void Replica::read(std::size_t grant) {
    if (!recovered_ || runs_.contains(grant) || world_.now() > fleet_.last_refreshes_begin)
        return;
    const auto known = known_.find(grant);
    if (known == known_.end())
        load(grant);
    else if (wall() >= known->second.serve_until)
        refresh(grant);
}

void Replica::load(std::size_t grant) {
    const auto work = [this, grant] {
        return Result<std::optional<storage::Connection>>(fleet_.store.find(fleet_.key_of(grant)));
    };
    ask_store<std::optional<storage::Connection>>(work, [this, grant](auto row) {
        if (row && !known_.contains(grant))
            known_[grant] = {(*row)->summary.generation, {}};
    });
}

void Replica::refresh(std::size_t grant) {
    broker::RefreshProtocol::Question question;
    question.key = fleet_.key_of(grant);
    question.newer_than = known_[grant].generation;
    question.owner = owner_.name();
    auto run = std::make_shared<Run>(grant, std::move(question));
    runs_[grant] = run;
    const bool rescued = std::ranges::any_of(rescues_, [grant](const auto& one) { return one->grant == grant; });
    go_on(run, broker::refresh_event::Begun{rescued});
}

void Replica::go_on(const SharedRun& run, broker::RefreshEvent event) {
    if (!run->current)
        return;
    auto action = run->protocol.next(std::move(event), moment());
    std::visit([this, &run](auto& one) { perform(run, one); }, action);
}

void Replica::heard(std::size_t grant) {
    deliver(incarnation_, [this, grant] {
        const auto run = runs_.find(grant);
        if (run == runs_.end() || run->second->waiting == 0)
            return;
        run->second->waiting = 0;
        go_on(run->second, broker::refresh_event::Woken());
    });
}

// The rescue: broker/rescue.cpp, told to the virtual world.

void Replica::write_rescued(const SharedRescue& rescued, unsigned attempt) {
    later(between_writes.pause(attempt, world_.dice()), [this, rescued, attempt] {
        const auto work = [this, rescued] { return Result<bool>(fleet_.store.complete_refresh(rescued->refreshed)); };
        ask_store<bool>(work, [this, rescued, attempt](auto written) {
            if (!written)
                return write_rescued(rescued, attempt + 1);
            if (*written)
                return settle(rescued);
            const auto look = [this, rescued] {
                return Result<std::optional<storage::Connection>>(fleet_.store.find(rescued->refreshed.lease.key));
            };
            ask_store<std::optional<storage::Connection>>(look, [this, rescued, attempt](auto row) {
                if (!row || (*row)->summary.generation == rescued->refreshed.lease.generation)
                    return write_rescued(rescued, attempt + 1);
                settle(rescued);
            });
        });
    });
}

void Replica::settle(const SharedRescue& rescued) {
    world_.note(name(), "has settled what was rescued");
    fleet_.publish(index_, rescued->grant);
    rescues_.erase(rescued);
    std::erase(journal_, rescued);
}

/// Before anything else: what an earlier process left is written, or waits to be.
void Replica::replay() {
    const auto unseen = std::ranges::find_if(journal_, [this](const auto& one) { return !rescues_.contains(one); });
    recovered_ = unseen == journal_.end();
    if (recovered_)
        return;
    const SharedRescue left = *unseen;
    const auto work = [this, left] { return Result<bool>(fleet_.store.complete_refresh(left->refreshed)); };
    ask_store<bool>(work, [this, left](auto written) {
        if (!written)
            return later(seconds(1), [this] { replay(); });
        if (*written) {
            std::erase(journal_, left);
        } else {
            rescues_.insert(left);
            write_rescued(left, 0);
        }
        replay();
    });
}

}  // namespace evergrant::simulation
