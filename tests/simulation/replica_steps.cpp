// What a replica does for each action of the protocol; the server's is broker/refresher.cpp.
#include "replica.h"

namespace evergrant::simulation {

using namespace broker::refresh_action;
using namespace broker::refresh_event;
using oauth::FailureClass;
using storage::Connection;

void Replica::perform(const SharedRun& run, Look&) {
    const auto work = [this, run] {
        return Result<std::optional<Connection>>(fleet_.store.find(fleet_.key_of(run->grant)));
    };
    ask_store<std::optional<Connection>>(work, [this, run](auto row) { go_on(run, Looked{std::move(row)}); });
}

void Replica::perform(const SharedRun& run, Prepare&) {
    later(world_.between(Time(0), Time(20)), [this, run] { go_on(run, Prepared{fleet_.catalogue_entry()}); });
}

void Replica::perform(const SharedRun& run, TakeLease& action) {
    const auto work = [this, request = action.request] { return fleet_.store.take_lease(request); };
    ask_store<storage::LeaseAnswer>(work, [this, run](auto answer) {
        const auto* taken = answer ? std::get_if<storage::LeaseTaken>(&*answer) : nullptr;
        if (taken != nullptr) {
            run->taken = storage::LeaseTaken{taken->lease, copy_of(taken->connection)};
            world_.note(name(), "has the lease of generation " + std::to_string(taken->lease.generation));
            renew(run, ++run->renewing);
        }
        go_on(run, LeaseAnswered{std::move(answer)});
    });
}

void Replica::renew(const SharedRun& run, unsigned loop) {
    later(broker::RefreshTimes().lease / 3, [this, run, loop] {
        if (!run->current || run->renewing != loop)
            return;
        const auto asked_at = steady();
        const auto work = [this, lease = run->taken->lease] {
            return Result<bool>(fleet_.store.renew_lease(lease, broker::RefreshTimes().lease));
        };
        ask_store<bool>(work, [this, run, loop, asked_at](auto renewed) {
            if (!run->current || run->renewing != loop)
                return;
            run->protocol.renewed(renewed && *renewed, asked_at);
            if (!renewed || *renewed)
                renew(run, loop);
        });
    });
}

void Replica::perform(const SharedRun& run, Wait& action) {
    ++run->renewing;
    const unsigned number = run->waiting = static_cast<unsigned>(world_.number() >> 33U) + 1;
    later(action.pause, [this, run, number] {
        if (run->waiting != number)
            return;
        run->waiting = 0;
        go_on(run, Woken());
    });
}

void Replica::perform(const SharedRun& run, Send& action) {
    // Name, connection and TLS take their time before the request is on the wire.
    const Time connecting =
        world_.chance(fleet_.weather.slow) ? world_.between(Time(300), seconds(8)) : world_.between(Time(1), Time(60));
    later(connecting, [this, run, token = action.refresh_token.reveal(), not_after = action.not_after] {
        write_request(run, token, not_after);
    });
}

void Replica::fail(const SharedRun& run, FailureClass failure) {
    oauth::ProviderFailure reason;
    reason.failure = failure;
    reason.reason = "The provider is away.";
    go_on(run, Answered{std::unexpected(std::move(reason))});
}

void Replica::write_request(const SharedRun& run, const std::string& token, broker::SteadyTime not_after) {
    if (!run->current)
        return;
    if (steady() >= not_after && !world_.has(Flaw::late_requests_leave)) {
        world_.note(name(), "does not send: too late");
        return go_on(run, Answered{std::unexpected(broker::ran_out_before_sending())});
    }
    if (world_.chance(fleet_.weather.request_lost))
        return fail(run, FailureClass::not_sent);

    Presentation one;
    one.token = token;
    one.generation = run->taken->lease.generation;
    one.the_one_before = token != run->taken->connection.tokens.refresh_token.reveal();
    one.attempts = run->taken->connection.summary.intent->attempts;
    one.replica = index_;
    one.written = world_.now();
    one.deadline = world_.now() + std::max(std::chrono::ceil<Time>(not_after - steady()), Time(1));
    const bool lost = world_.chance(fleet_.weather.request_lost);
    const Time transit =
        world_.chance(fleet_.weather.slow) ? world_.between(Time(100), seconds(3)) : world_.between(Time(1), Time(50));
    one.in_network = world_.now() + (lost ? Time(0) : transit);
    world_.note(name(), "presents " + token + " of generation " + std::to_string(one.generation));
    const auto row = fleet_.store.find(fleet_.key_of(run->grant));
    const auto sent = run->presentation = fleet_.provider.begin(run->grant, std::move(one), *row);

    later(sent->deadline - world_.now(), [this, run, sent] {
        if (sent->ended)
            return;
        sent->ended = world_.now();
        fail(run, FailureClass::answer_unknown);
    });
    if (!lost)
        world_.after(transit, [this, run, sent, incarnation = incarnation_] { at_provider(run, incarnation, sent); });
}

void Replica::at_provider(const SharedRun& run, unsigned incarnation, const std::shared_ptr<Presentation>& sent) {
    const bool fails = world_.chance(fleet_.weather.provider_fails);
    const bool decides = !fails || world_.chance(0.5);
    auto answer = std::make_shared<Answered>();
    oauth::ProviderFailure away;
    away.reason = "The provider is away.";
    answer->answer = std::unexpected(away);
    if (decides) {
        auto decided = fleet_.provider.decide(run->grant, *sent, wall());
        world_.note("provider", sent->token + (decided ? " granted " + sent->successor : " refused"));
        if (!fails)
            answer->answer = std::move(decided);
        else if (decided)
            sent->answer_lost = true;
    }
    if (world_.chance(fleet_.weather.reply_lost)) {
        sent->answer_lost = true;
        return;
    }
    const Time thinking =
        world_.chance(fleet_.weather.slow) ? world_.between(Time(50), seconds(40)) : world_.between(Time(5), Time(300));
    world_.after(thinking, [this, run, incarnation, sent, answer] {
        if (!alive_ || incarnation != incarnation_ || sent->ended || sent->deadline <= world_.now())
            sent->answer_lost = true;
        deliver(incarnation, [this, run, sent, answer] {
            if (sent->ended)
                return void(sent->answer_lost = true);
            sent->ended = world_.now();
            go_on(run, std::move(*answer));
        });
    });
}

void Replica::strip(storage::RefreshedGrant& refreshed) const {
    if (world_.has(Flaw::no_token_before))
        refreshed.tokens.replaced.reset();
}

void Replica::perform(const SharedRun& run, Complete& action) {
    strip(action.refreshed);
    auto shared = std::make_shared<storage::RefreshedGrant>(std::move(action.refreshed));
    const auto work = [this, shared] { return Result<bool>(fleet_.store.complete_refresh(*shared)); };
    ask_store<bool>(work, [this, run](auto taken) {
        world_.note(name(), !taken   ? "does not know whether its token set is written"
                            : *taken ? "has written"
                                     : "may not write");
        go_on(run, Written{std::move(taken)});
    });
}

void Replica::perform(const SharedRun& run, Keep& action) {
    if (world_.has(Flaw::nothing_rescued))
        return go_on(run, Kept{true});
    strip(action.refreshed);
    auto rescued =
        std::make_shared<Rescued>(Rescued{run->grant, std::move(action.refreshed), run->presentation, false});
    rescues_.insert(rescued);
    write_rescued(rescued, 0);
    const bool durable = !world_.chance(fleet_.weather.disk_full);
    later(world_.between(Time(1), Time(20)), [this, run, rescued, durable] {
        if (durable && rescues_.contains(rescued)) {
            rescued->durable = true;
            journal_.push_back(rescued);
        }
        world_.note(name(), durable ? "has rescued its token set" : "keeps its token set in memory");
        go_on(run, Kept{durable});
    });
}

void Replica::perform(const SharedRun& run, RecordFailure& action) {
    if (world_.has(Flaw::doubt_erased))
        action.consequence.keep_intent = false;
    const auto work = [this, lease = action.lease, consequence = action.consequence] {
        return Result<bool>(fleet_.store.fail_refresh(lease, consequence));
    };
    ask_store<bool>(work, [this, run](auto taken) {
        if (!taken && !world_.has(Flaw::owner_kept))
            owner_.change();
        go_on(run, Recorded{std::move(taken)});
    });
}

void Replica::perform(const SharedRun& run, Done& action) {
    run->current = false;
    runs_.erase(run->grant);
    Known& known = known_[run->grant];
    const auto& outcome = action.outcome;
    if (!outcome) {
        world_.note(name(), "ends with " + std::string(traits_of(outcome.error().code).name));
        known.serve_until = wall() + seconds(5);
        return;
    }
    const storage::ConnectionSummary& summary = outcome->connection.summary;
    world_.note(name(), "ends at generation " + std::to_string(summary.generation) + ", " +
                            std::string(name_of(summary.status)));
    if (summary.generation < known.generation)
        throw Violation(name() + " goes back to generation " + std::to_string(summary.generation));
    if (outcome->connection.tokens.replaced && summary.generation > known.generation && run->taken)
        throw Violation(name() + " hands out the token before");
    const bool newer = summary.generation > known.generation;
    known.generation = summary.generation;
    if (summary.status == storage::ConnectionStatus::invalid)
        known.serve_until = wall() + seconds(60);
    else if (outcome->failure)
        known.serve_until = outcome->next_try_at.value_or(wall() + seconds(1));
    else
        known.serve_until = broker::renewal_time({}, outcome->connection.tokens, world_.dice())
                                .value_or(std::chrono::floor<seconds>(wall()));
    if (newer)
        fleet_.publish(index_, run->grant);
}

}  // namespace evergrant::simulation
