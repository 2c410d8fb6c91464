#include "broker/budgets.h"

#include "base/log.h"

#include <algorithm>
#include <utility>

namespace evergrant::broker {

namespace {

/// A replica takes this part of a budget at a time: a few replicas seldom strand what another one lacks.
constexpr std::uint64_t parts_of_a_budget = 16;
constexpr std::chrono::minutes between_sweeps{1};
/// What is taken at the very end of a window is good for so long all the same: else nobody might ever get to spend it.
constexpr std::chrono::seconds shortest_share{1};

}  // namespace

async::Task<Result<void>> Budgets::take(const catalog::Provider* provider, ConnectionKey key, std::string client_id) {
    // The connection's own first: one that asks too often must not use up what is everybody's.
    if (const auto& own = provider->refresh_budget) {
        const auto wait = of_connections_.take(key, *own, std::chrono::steady_clock::now());
        if (wait)
            co_return refused(provider->id, "this connection", wait);
        Limit limit = limit_of_connection(*own, key);
        const Wait others = co_await take_one(std::move(limit));
        if (others)
            co_return refused(provider->id, "this connection", others);
    }
    co_return co_await take_request(provider, std::move(client_id));
}

async::Task<Result<void>> Budgets::take_request(const catalog::Provider* provider, std::string client_id) {
    if (provider->budgets.app) {
        Limit limit = limit_of_app(*provider, client_id);
        const Wait wait = co_await take_one(std::move(limit));
        if (wait)
            co_return refused(provider->id, "these app credentials", wait);
    }
    if (provider->budgets.provider) {
        Limit limit = limit_of_provider(*provider);
        const Wait wait = co_await take_one(std::move(limit));
        if (wait)
            co_return refused(provider->id, "its connections", wait);
    }
    co_return Result<void>();
}

async::Task<Result<void>> Budgets::take_call(const catalog::Provider* provider, ConnectionKey key) {
    const auto& budgets = provider->budgets;
    if (budgets.connection_calls) {
        const catalog::RateBudget& own = *budgets.connection_calls;
        Limit limit{"calls of " + key.tenant.str() + "/" + key.integration.str(), own.window, own.requests, 1};
        const Wait wait = co_await take_one(std::move(limit));
        if (wait)
            co_return refused(provider->id, "this connection", wait);
    }
    if (budgets.calls) {
        const catalog::RateBudget& all = *budgets.calls;
        Limit limit{"calls of " + provider->id.str(), all.window, all.requests, part_of(all.requests)};
        const Wait wait = co_await take_one(std::move(limit));
        if (wait)
            co_return refused(provider->id, "its connections", wait);
    }
    co_return Result<void>();
}

void Budgets::give_back(const catalog::Provider& provider, const ConnectionKey& key, const std::string& client_id) {
    if (const auto& own = provider.refresh_budget) {
        of_connections_.give_back(key);
        give_one_back(limit_of_connection(*own, key).name);
    }
    if (provider.budgets.app)
        give_one_back(limit_of_app(provider, client_id).name);
    if (provider.budgets.provider)
        give_one_back(limit_of_provider(provider).name);
}

void Budgets::give_one_back(const std::string& name) {
    if (Share* share = current(name)) {
        ++share->left;
        share->used_up = false;
    }
}

Budgets::Limit Budgets::limit_of_connection(const catalog::RefreshBudget& budget, const ConnectionKey& key) const {
    return {"connection " + key.tenant.str() + "/" + key.integration.str(), budget.window, budget.tokens, 1};
}

Budgets::Limit Budgets::limit_of_app(const catalog::Provider& provider, const std::string& client_id) const {
    const catalog::RateBudget& app = *provider.budgets.app;
    return {"app " + provider.id.str() + "/" + client_id, app.window, app.requests, part_of(app.requests)};
}

Budgets::Limit Budgets::limit_of_provider(const catalog::Provider& provider) const {
    const catalog::RateBudget& all = *provider.budgets.provider;
    return {"provider " + provider.id.str(), all.window, all.requests, part_of(all.requests)};
}

/// Nothing: taken; else how long until the next window.
async::Task<Budgets::Wait> Budgets::take_one(Limit limit) {
    for (;;) {
        Share* share = current(limit.name);
        if (share != nullptr && share->left > 0) {
            --share->left;
            co_return std::nullopt;
        }
        if (share != nullptr && share->used_up)
            co_return std::chrono::ceil<std::chrono::seconds>(share->ends - parts_.clock.steady());
        auto work = [this, limit] { return ask(limit); };
        const auto landed = co_await asks_.run(limit.name, std::move(work));
        if (!landed)
            co_return std::chrono::seconds(1);
    }
}

async::Task<Budgets::Share> Budgets::ask(Limit limit) {
    const auto asked_at = parts_.clock.steady();
    std::optional<cache::SharedCache::Count> count;
    if (parts_.shared != nullptr)
        count = co_await parts_.shared->take(limit.name, limit.window, limit.limit, limit.part);
    if (!count) {
        storage::BudgetRequest request;
        request.name = limit.name;
        request.window = limit.window;
        request.limit = limit.limit;
        request.wanted = limit.part;
        const auto reserved = co_await parts_.store.reserve_budget(std::move(request));
        if (reserved)
            count = cache::SharedCache::Count{.granted = reserved->granted, .window_left = reserved->window_left};
        else
            log(LogLevel::warning, "budget_not_shared", {{"budget", limit.name}, {"error", reserved.error().message}});
    }
    Share share;
    if (count) {
        const auto left = std::clamp<std::chrono::milliseconds>(count->window_left, shortest_share, limit.window);
        share.left = std::min(count->granted, limit.part);
        share.ends = asked_at + left;
    } else {
        // Nobody counts: this shard's own part of a window from now on, and then no more.
        Share* own = current(limit.name);
        share.left = own == nullptr ? limit.part : 0;
        share.ends = own == nullptr ? asked_at + limit.window : own->ends;
    }
    share.used_up = share.left == 0;
    forget_ended();
    shares_[limit.name] = share;
    co_return share;
}

Budgets::Share* Budgets::current(const std::string& name) {
    const auto found = shares_.find(name);
    return found == shares_.end() || found->second.ends <= parts_.clock.steady() ? nullptr : &found->second;
}

std::uint64_t Budgets::part_of(unsigned requests) const {
    return std::max<std::uint64_t>(1, requests / (parts_of_a_budget * parts_.shards));
}

std::unexpected<Error> Budgets::refused(const ProviderId& provider, std::string_view whose, Wait wait) {
    parts_.metrics
        .counter("evergrant_budget_refusals_total", "Requests not sent because the provider's budget is used up",
                 {{"provider", provider.str()}})
        .increment();
    auto error =
        failure(Errc::rate_limited, "The provider allows no more requests of " + std::string(whose) + " for now.");
    error.error().retry_after = wait;
    return error;
}

void Budgets::forget_ended() {
    const auto now = parts_.clock.steady();
    if (now < next_sweep_)
        return;
    next_sweep_ = now + between_sweeps;
    std::erase_if(shares_, [now](const auto& entry) { return entry.second.ends <= now; });
}

}  // namespace evergrant::broker
