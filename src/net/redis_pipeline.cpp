#include "net/redis_pipeline.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <utility>

namespace evergrant::net {

namespace {

std::unexpected<Error> gone(std::string why) {
    return failure(Errc::store_unavailable, "Redis is away.", std::move(why));
}

std::unexpected<Error> too_late() {
    return failure(Errc::cancelled, "Redis did not answer in time.");
}

}  // namespace

RedisPipeline::RedisPipeline(const boost::asio::any_io_executor& executor, std::shared_ptr<RedisLine> line,
                             Limits limits)
    : executor_(executor), line_(std::move(line)), limits_(limits), watchdog_(executor), heard_(clock::now()) {}

async::Task<Result<RedisReply>> RedisPipeline::command(std::shared_ptr<RedisPipeline> pipeline, RedisWords words,
                                                       async::Deadline deadline, bool asking) {
    constexpr auto no_throw = boost::asio::as_tuple(boost::asio::use_awaitable);
    if (pipeline->ended_)
        co_return gone(pipeline->why_);
    if (deadline.passed())
        co_return too_late();
    if (pipeline->in_flight_.size() >= pipeline->limits_.max_in_flight)
        co_return failure(Errc::overloaded, "Too many commands wait for Redis.");
    const auto waiter = std::make_shared<Waiter>(pipeline->executor_, deadline);
    if (asking)
        pipeline->send(RedisWords(1, "ASKING"), nullptr);
    pipeline->send(words, waiter);
    // The line may have ended while this was being sent.
    std::tuple<boost::system::error_code> woken;
    if (!waiter->outcome)
        woken = co_await waiter->timer.async_wait(no_throw);
    if (waiter->outcome)
        co_return std::move(*waiter->outcome);
    if (std::get<0>(woken))
        throw boost::system::system_error(boost::asio::error::operation_aborted);
    co_return too_late();
}

void RedisPipeline::send(const RedisWords& words, std::shared_ptr<Waiter> waiter) {
    outbox_ += encode_redis_command(words);
    in_flight_.push_back({.waiter = std::move(waiter), .at = clock::now()});
    write_some();
}

void RedisPipeline::write_some() {
    if (!writing_.empty() || outbox_.empty() || ended_)
        return;
    writing_.swap(outbox_);
    line_->stream().write(writing_, [self = shared_from_this()](bool succeeded) {
        self->writing_.clear();
        if (!succeeded)
            self->close("the connection has ended");
        self->write_some();
    });
}

async::Task<std::string> RedisPipeline::serve(std::shared_ptr<RedisPipeline> pipeline) {
    // Also when this coroutine is cancelled, nobody may wait on.
    struct End {
        RedisPipeline& pipeline;
        ~End() { pipeline.close("the connection is closed"); }
    };
    const End end{*pipeline};
    pipeline->watch();
    while (!pipeline->ended_) {
        auto reply = co_await pipeline->line_->next();
        if (!reply) {
            pipeline->close(reply.error().detail.empty() ? reply.error().message : reply.error().detail);
            break;
        }
        pipeline->take(std::move(*reply));
    }
    co_return pipeline->why_;
}

void RedisPipeline::take(RedisReply reply) {
    if (in_flight_.empty())
        return close("an answer came that nobody asked for");
    const auto waiter = std::move(in_flight_.front().waiter);
    in_flight_.pop_front();
    if (waiter)
        waiter->tell(std::move(reply));
}

void RedisPipeline::watch() {
    if (ended_)
        return;
    const auto now = clock::now();
    if (std::exchange(heard_reads_, line_->reads()) != line_->reads())
        heard_ = now;
    if (in_flight_.empty()) {
        if (now - heard_ >= limits_.silence_limit)
            send(RedisWords(1, "PING"), nullptr);
    } else if (now - std::max(heard_, in_flight_.front().at) >= limits_.silence_limit) {
        return close("no answer comes any more");
    }
    watchdog_.expires_after(limits_.silence_limit / 4);
    watchdog_.async_wait([self = shared_from_this()](boost::system::error_code stopped) {
        if (!stopped)
            self->watch();
    });
}

void RedisPipeline::close(std::string why) {
    if (ended_)
        return;
    ended_ = true;
    why_ = std::move(why);
    watchdog_.cancel();
    line_->stream().close();
    for (const Sent& sent : std::exchange(in_flight_, {}))
        if (sent.waiter)
            sent.waiter->tell(gone(why_));
}

}  // namespace evergrant::net
