#include "net/redis_link.h"

#include "base/log.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <random>
#include <utility>

namespace evergrant::net {

struct RedisLink::State {
    State(async::Shard& shard, std::shared_ptr<RedisDialer> its_dialer, Use its_use)
        : dialer(std::move(its_dialer)), use(std::move(its_use)), pause(shard.context()) {}

    /// Logs what has changed, and that alone.
    void is_up() {
        if (up)
            return;
        up = true;
        said_away = false;
        log(LogLevel::info, "redis_connected", {{"for", use.name}});
    }
    void is_away(const std::string& why) {
        up = false;
        if (!std::exchange(said_away, true) && !stopped)
            log(LogLevel::warning, "redis_away", {{"for", use.name}, {"error", why}});
    }

    std::shared_ptr<RedisDialer> dialer;
    Use use;
    boost::asio::steady_timer pause;
    Line line;
    std::minstd_rand dice{std::random_device{}()};
    bool up{false};
    bool said_away{false};
    bool stopped{false};
};

RedisLink::RedisLink(async::Shard& shard, std::shared_ptr<RedisDialer> dialer, Use use)
    : state_(std::make_shared<State>(shard, std::move(dialer), std::move(use))) {
    shard.spawn("redis-link", [state = state_] { return keep(state); }, async::AtDrain::stop);
    if (state_->dialer->options().topology == RedisOptions::Topology::sentinel && !state_->use.endpoint)
        shard.spawn("redis-master-watch", [state = state_] { return watch_master(state); }, async::AtDrain::stop);
}

RedisLink::~RedisLink() {
    state_->stopped = true;
    state_->pause.cancel();
    if (state_->line)
        state_->line->stream().close();
}

async::Task<std::string> RedisLink::serve_one(std::shared_ptr<State> state) {
    auto opening = state->use.endpoint ? state->dialer->open_at(*state->use.endpoint) : state->dialer->open();
    auto line = co_await std::move(opening);
    if (!line) {
        Error& error = line.error();
        co_return std::move(error.detail.empty() ? error.message : error.detail);
    }
    if (state->stopped)
        co_return std::string();
    state->line = *line;
    state->is_up();
    std::string why = co_await state->use.serve(*line);
    state->line.reset();
    co_return why;
}

async::Task<void> RedisLink::keep(std::shared_ptr<State> state) {
    constexpr auto no_throw = boost::asio::as_tuple(boost::asio::use_awaitable);
    constexpr auto long_enough = std::chrono::seconds(1);  // to call it a connection
    unsigned attempt = 0;
    while (!state->stopped) {
        const auto begun = std::chrono::steady_clock::now();
        const std::string why = co_await serve_one(state);
        if (state->up && std::chrono::steady_clock::now() - begun > long_enough)
            attempt = 0;
        state->is_away(why);
        if (state->stopped)
            break;
        const double dice = static_cast<double>(state->dice() % 1'000) / 1'000;
        state->pause.expires_after(state->dialer->options().backoff.pause(attempt++, dice));
        co_await state->pause.async_wait(no_throw);
    }
}

// A master that was replaced may live on for many seconds, believing itself one, until the sentinels reach it.
async::Task<void> RedisLink::watch_master(std::shared_ptr<State> state) {
    constexpr auto between = std::chrono::seconds(1);
    RedisDialer::Sentinel sentinel;
    while (!state->stopped) {
        co_await async::sleep_for(between);
        if (!sentinel.line) {
            auto opened = co_await state->dialer->open_sentinel();
            if (!opened)
                continue;
            sentinel = std::move(*opened);
        }
        auto master = co_await state->dialer->ask_master(sentinel.line);
        if (!master)
            sentinel.line.reset();
        else if (state->line && state->line->endpoint() != *master)
            state->line->stream().close();
    }
}

}  // namespace evergrant::net
