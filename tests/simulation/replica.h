#pragma once
//
// A replica: drives the very RefreshProtocol of the server, over a network that fails, in a process that dies and is
// stopped. Its journal outlives it.
//
#include "broker/refresh_protocol.h"
#include "fleet.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace evergrant::simulation {

class Replica {
public:
    Replica(Fleet& fleet, std::size_t index);

    void start();
    void crash();
    void stop_for(Time how_long);
    void cut_off_for(Time how_long);
    void step_clock(Time by) { skew_ += by; }
    /// News of the connection from another replica.
    void heard(std::size_t grant);

    [[nodiscard]] bool alive() const noexcept { return alive_; }
    [[nodiscard]] bool in_trouble(Time from, Time to) const;
    void note_trouble(Time from, Time to) { trouble_.emplace_back(from, to); }
    [[nodiscard]] std::size_t rescued() const { return journal_.size() + rescues_.size(); }

private:
    struct Run {
        Run(std::size_t its_grant, broker::RefreshProtocol::Question question)
            : grant(its_grant), protocol(std::move(question)) {}

        std::size_t grant;
        broker::RefreshProtocol protocol;
        bool current{true};
        std::shared_ptr<Presentation> presentation;
        std::optional<storage::LeaseTaken> taken;
        unsigned renewing{0};  // the number of the renewal loop that is wanted
        unsigned waiting{0};
    };
    using SharedRun = std::shared_ptr<Run>;
    struct Rescued {
        std::size_t grant{0};
        storage::RefreshedGrant refreshed;
        std::shared_ptr<Presentation> presentation;
        bool durable{false};
    };
    using SharedRescue = std::shared_ptr<Rescued>;

    [[nodiscard]] std::string name() const { return "replica " + std::to_string(index_); }
    [[nodiscard]] Instant wall() const { return Fleet::epoch + world_.now() + skew_; }
    [[nodiscard]] broker::SteadyTime steady() const;
    [[nodiscard]] broker::Moment moment();

    /// Runs `what` after `pause` if this process still lives; later if it is stopped then.
    void later(Time pause, std::function<void()> what);
    void deliver(unsigned incarnation, std::function<void()> what);
    template <class T>
    void ask_store(std::function<Result<T>()> work, std::function<void(Result<T>)> then);

    void read_again(std::size_t grant);
    void read(std::size_t grant);
    void load(std::size_t grant);
    void refresh(std::size_t grant);
    void go_on(const SharedRun& run, broker::RefreshEvent event);

    void perform(const SharedRun& run, broker::refresh_action::Look& action);
    void perform(const SharedRun& run, broker::refresh_action::Prepare& action);
    void perform(const SharedRun& run, broker::refresh_action::TakeLease& action);
    void perform(const SharedRun& run, broker::refresh_action::Wait& action);
    void perform(const SharedRun& run, broker::refresh_action::Send& action);
    void perform(const SharedRun& run, broker::refresh_action::Complete& action);
    void perform(const SharedRun& run, broker::refresh_action::Keep& action);
    void perform(const SharedRun& run, broker::refresh_action::RecordFailure& action);
    void perform(const SharedRun& run, broker::refresh_action::Done& action);

    void renew(const SharedRun& run, unsigned loop);
    void write_request(const SharedRun& run, const std::string& token, broker::SteadyTime not_after);
    void at_provider(const SharedRun& run, unsigned incarnation, const std::shared_ptr<Presentation>& presentation);
    void fail(const SharedRun& run, oauth::FailureClass failure);
    void strip(storage::RefreshedGrant& refreshed) const;

    void write_rescued(const SharedRescue& rescued, unsigned attempt);
    void settle(const SharedRescue& rescued);
    void replay();

    Fleet& fleet_;
    World& world_;
    std::size_t index_;

    bool alive_{false};
    unsigned incarnation_{0};
    unsigned stopped_{0};
    unsigned cut_off_{0};
    Time skew_{0};
    std::vector<std::function<void()>> backlog_;  // what has happened since the process was stopped
    std::vector<std::pair<Time, Time>> trouble_;
    std::vector<SharedRescue> journal_;

    struct Known {
        storage::Generation generation{0};
        Instant serve_until{};
    };
    broker::LeaseOwner owner_{""};
    std::map<std::size_t, Known> known_;
    std::map<std::size_t, SharedRun> runs_;
    std::set<SharedRescue> rescues_;
    bool recovered_{false};
};

/// A call that may be lost on the way there or back, or be answered after its asker has stopped waiting.
template <class T>
void Replica::ask_store(std::function<Result<T>()> work, std::function<void(Result<T>)> then) {
    constexpr Time patience{2'000};
    const auto away = [] { return Result<T>(failure(Errc::store_unavailable, "The store does not answer.")); };
    auto waiting = std::make_shared<std::function<void(Result<T>)>>(std::move(then));
    const auto answer = [this, waiting](Result<T> value) {
        if (!*waiting)
            return;
        if (!value)
            note_trouble(world_.now(), world_.now());
        std::exchange(*waiting, nullptr)(std::move(value));
    };
    later(patience, [answer, away] { answer(away()); });
    if (cut_off_ > 0 || world_.chance(fleet_.weather.request_lost))
        return;
    world_.after(fleet_.transit(), [this, answer, away, work = std::move(work), incarnation = incarnation_] {
        auto value = std::make_shared<Result<T>>(away());
        if (fleet_.store_away == 0)
            *value = work();
        else if (world_.chance(0.5))
            return;
        if (cut_off_ > 0 || world_.chance(fleet_.weather.reply_lost))
            return;
        world_.after(fleet_.transit(), [this, answer, value, incarnation] {
            deliver(incarnation, [answer, value] { answer(std::move(*value)); });
        });
    });
}

}  // namespace evergrant::simulation
