#pragma once
//
// RedisPipeline: many commands at a time over one line, whose answers come in the order of the commands. Ends with its
// line; that another follows is redis_connection.h.
//
#include "async/deadline.h"
#include "net/redis_line.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>

namespace evergrant::net {

/// Always held by shared_ptr: what is under way outlives its owner. Thread: its executor's.
class RedisPipeline : public std::enable_shared_from_this<RedisPipeline> {
public:
    struct Limits {
        std::size_t max_in_flight;
        std::chrono::milliseconds silence_limit;
    };

    RedisPipeline(const boost::asio::any_io_executor& executor, std::shared_ptr<RedisLine> line, Limits limits);

    /// Errors: cancelled: no answer by `deadline`, and the command may count all the same; overloaded: too many wait;
    /// store_unavailable: the line has ended. An answer that comes later is dropped.
    /// With `asking` a node of a cluster serves a key that it is only about to own.
    [[nodiscard]] static async::Task<Result<RedisReply>> command(std::shared_ptr<RedisPipeline> pipeline,
                                                                 RedisWords words, async::Deadline deadline,
                                                                 bool asking);

    /// Reads answers until the line ends; says why it did. Once.
    [[nodiscard]] static async::Task<std::string> serve(std::shared_ptr<RedisPipeline> pipeline);

    /// Ends the line; whoever waits for an answer is told. Idempotent.
    void close(std::string why);

private:
    using clock = std::chrono::steady_clock;

    struct Waiter {
        Waiter(const boost::asio::any_io_executor& executor, async::Deadline deadline)
            : timer(executor, deadline.at()) {}
        void tell(Result<RedisReply> result) {
            outcome = std::move(result);
            timer.cancel();
        }
        boost::asio::steady_timer timer;
        std::optional<Result<RedisReply>> outcome;
    };
    struct Sent {
        std::shared_ptr<Waiter> waiter;  // null: nobody wants the answer
        clock::time_point at;
    };

    void send(const RedisWords& words, std::shared_ptr<Waiter> waiter);
    void write_some();
    void take(RedisReply reply);
    void watch();

    boost::asio::any_io_executor executor_;
    std::shared_ptr<RedisLine> line_;
    Limits limits_;
    std::deque<Sent> in_flight_;
    std::string outbox_;
    std::string writing_;
    boost::asio::steady_timer watchdog_;
    clock::time_point heard_;
    std::size_t heard_reads_{0};
    bool ended_{false};
    std::string why_;
};

}  // namespace evergrant::net
