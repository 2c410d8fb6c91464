#include "net/redis_subscription.h"

#include "async/deadline.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <chrono>
#include <utility>

namespace evergrant::net {

namespace {

/// Asks for a sign of life whenever nothing came for a while, and closes the line if none comes.
class Pulse : public std::enable_shared_from_this<Pulse> {
public:
    Pulse(const boost::asio::any_io_executor& executor, std::shared_ptr<RedisLine> line,
          std::chrono::milliseconds silence_limit)
        : timer_(executor), line_(std::move(line)), period_(silence_limit * 2 / 3) {}

    void begin() { wait(); }

    void end() {
        ended_ = true;
        timer_.cancel();
        line_->stream().close();
    }

private:
    void wait() {
        timer_.expires_after(period_);
        timer_.async_wait([self = shared_from_this()](boost::system::error_code stopped) {
            if (!stopped && !self->ended_)
                self->beat();
        });
    }

    void beat() {
        const bool heard = std::exchange(heard_reads_, line_->reads()) != line_->reads();
        if (!heard && std::exchange(asked_, false))
            return line_->stream().close();
        asked_ = false;
        if (!heard && !writing_) {
            asked_ = writing_ = true;
            line_->stream().write(ping_, [self = shared_from_this()](bool) { self->writing_ = false; });
        }
        wait();
    }

    boost::asio::steady_timer timer_;
    std::shared_ptr<RedisLine> line_;
    std::chrono::milliseconds period_;  // three of them until a death is found
    std::string ping_{encode_redis_command(RedisWords(1, "PING"))};
    std::size_t heard_reads_{0};
    bool asked_{false};
    bool writing_{false};
    bool ended_{false};
};

bool is_push(const RedisReply& reply, std::string_view kind, const std::string& channel) {
    return reply.kind == RedisReply::Kind::array && reply.items.size() == 3 && reply.items[0].text == kind &&
           reply.items[1].text == channel;
}

/// Says that it was lost also when the coroutine is cancelled.
struct Listening {
    explicit Listening(const RedisSubscription::Use& its_use) : use(its_use) { use.on_subscribed(); }
    ~Listening() { use.on_lost(); }
    Listening(const Listening&) = delete;
    Listening& operator=(const Listening&) = delete;
    const RedisSubscription::Use& use;
};

async::Task<std::string> listen(std::shared_ptr<const RedisSubscription::Use> use, RedisLink::Line line,
                                std::shared_ptr<Pulse> pulse, std::chrono::milliseconds patience) {
    struct End {
        Pulse& pulse;
        ~End() { pulse.end(); }
    };
    const End end{*pulse};
    RedisWords words{"SUBSCRIBE", use->channel};
    auto reply = co_await async::within(async::Deadline::after(patience), line->ask(std::move(words)));
    if (reply && !is_push(*reply, "subscribe", use->channel))
        co_return "it does not let us subscribe: " + reply->text;
    pulse->begin();
    if (!reply)
        co_return std::move(reply).error().message;
    const Listening listening(*use);
    while (reply) {
        reply = co_await line->next();
        if (reply && is_push(*reply, "message", use->channel))
            use->on_message(reply->items[2].text);
    }
    co_return std::move(reply).error().message;
}

RedisLink::Use link_use(async::Shard& shard, std::chrono::milliseconds silence_limit, RedisSubscription::Use use) {
    const auto shared = std::make_shared<const RedisSubscription::Use>(std::move(use));
    return {.name = shared->name,
            .endpoint = std::nullopt,
            .serve = [shared, silence_limit, executor = shard.executor()](RedisLink::Line line) {
                return listen(shared, line, std::make_shared<Pulse>(executor, line, silence_limit), silence_limit);
            }};
}

}  // namespace

RedisSubscription::RedisSubscription(async::Shard& shard, std::shared_ptr<RedisDialer> dialer, Use use)
    : link_(shard, dialer, link_use(shard, dialer->options().silence_limit, std::move(use))) {}

}  // namespace evergrant::net
