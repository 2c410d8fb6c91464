#include "net/redis_connection.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <utility>
#include <vector>

namespace evergrant::net {

struct RedisConnection::State {
    State(async::Shard& its_shard, std::shared_ptr<RedisDialer> its_dialer, Use its_use)
        : shard(its_shard), dialer(std::move(its_dialer)), use(std::move(its_use)) {}

    void set(std::shared_ptr<RedisPipeline> present) {
        pipeline = std::move(present);
        for (const auto& waiter : std::exchange(waiters, {}))
            waiter->cancel();
        if (use.on_change)
            use.on_change(pipeline != nullptr);
    }

    async::Shard& shard;
    std::shared_ptr<RedisDialer> dialer;
    Use use;
    std::shared_ptr<RedisPipeline> pipeline;  // null: away
    std::vector<std::shared_ptr<boost::asio::steady_timer>> waiters;
};

RedisConnection::RedisConnection(async::Shard& shard, std::shared_ptr<RedisDialer> dialer, Use use)
    : state_(std::make_shared<State>(shard, dialer, std::move(use))),
      link_(shard, dialer,
            {.name = state_->use.name,
             .endpoint = state_->use.endpoint,
             .serve = [state = state_](RedisLink::Line line) { return serve(state, std::move(line)); }}) {}

async::Task<std::string> RedisConnection::serve(std::shared_ptr<State> state, RedisLink::Line line) {
    const RedisOptions& options = state->dialer->options();
    const RedisPipeline::Limits limits{.max_in_flight = options.max_in_flight, .silence_limit = options.silence_limit};
    const auto pipeline = std::make_shared<RedisPipeline>(state->shard.executor(), std::move(line), limits);
    state->set(pipeline);
    // Also when this coroutine is cancelled.
    struct End {
        State& state;
        ~End() { state.set(nullptr); }
    };
    const End end{*state};
    co_return co_await RedisPipeline::serve(pipeline);
}

async::Task<Result<RedisReply>> RedisConnection::command(RedisCommand command, async::Deadline deadline) {
    return exchange(state_, std::move(command), deadline, false);
}

async::Task<Result<RedisReply>> RedisConnection::command_asking(RedisCommand command, async::Deadline deadline) {
    return exchange(state_, std::move(command), deadline, true);
}

async::Task<Result<RedisReply>> RedisConnection::exchange(std::shared_ptr<State> state, RedisCommand command,
                                                          async::Deadline deadline, bool asking) {
    const auto pipeline = state->pipeline;
    if (!pipeline)
        co_return failure(Errc::store_unavailable, "Redis is away.");
    const auto begun = std::chrono::steady_clock::now();
    auto reply = co_await RedisPipeline::command(pipeline, std::move(command.words), deadline, asking);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    if (state->use.durations != nullptr)
        state->use.durations->observe(took.count());
    // The sentinels have made it a replica: they know the new master.
    const bool has_sentinels = state->dialer->options().topology == RedisOptions::Topology::sentinel;
    if (has_sentinels && reply && reply->is_error("READONLY"))
        pipeline->close("it is no longer the master");
    co_return reply;
}

bool RedisConnection::up() const noexcept {
    return state_->pipeline != nullptr;
}

async::Task<bool> RedisConnection::wait_until_up(async::Deadline deadline) {
    return wait(state_, deadline);
}

async::Task<bool> RedisConnection::wait(std::shared_ptr<State> state, async::Deadline deadline) {
    constexpr auto no_throw = boost::asio::as_tuple(boost::asio::use_awaitable);
    const auto executor = co_await boost::asio::this_coro::executor;
    while (!state->pipeline && !deadline.passed()) {
        const auto changed = std::make_shared<boost::asio::steady_timer>(executor, deadline.at());
        state->waiters.push_back(changed);
        co_await changed->async_wait(no_throw);
        std::erase(state->waiters, changed);
        const auto cancellation = co_await boost::asio::this_coro::cancellation_state;
        if (cancellation.cancelled() != boost::asio::cancellation_type::none)
            throw boost::system::system_error(boost::asio::error::operation_aborted);
    }
    co_return state->pipeline != nullptr;
}

}  // namespace evergrant::net
