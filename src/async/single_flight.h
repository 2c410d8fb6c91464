#pragma once
//
// SingleFlight: of many who ask for one key at a time, one does the work and all get its value. Belongs to one shard;
// callers from elsewhere hop here by run_on. The leader is spawned on its own, so that a caller who leaves never
// cancels the work.
//
#include "async/shard.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace evergrant::async {

/// Key is hashable and copyable. Value is copied to each caller; make it a shared_ptr to const if that is dear.
template <class Key, class Value>
class SingleFlight {
public:
    using Work = std::function<Task<Value>()>;

    explicit SingleFlight(Shard& shard, std::string name) : shard_(shard), name_(std::move(name)) {}
    SingleFlight(const SingleFlight&) = delete;
    SingleFlight& operator=(const SingleFlight&) = delete;

    /// Joins the flight for `key`, or starts one that runs `work`. Nothing if the shard is closing and the flight under
    /// way, if there is one, brought no value. Exceptions of the work reach every caller.
    /// Cancellation: throws system_error(operation_aborted); the flight goes on.
    Task<std::optional<Value>> run(Key key, Work work) {
        const std::shared_ptr<Flight> mine = join_or_start(std::move(key), std::move(work));
        if (!mine)
            co_return std::nullopt;
        constexpr auto no_throw = boost::asio::as_tuple(boost::asio::use_awaitable);
        while (!mine->done) {
            co_await mine->landed.async_wait(no_throw);
            const auto state = co_await boost::asio::this_coro::cancellation_state;
            if (state.cancelled() != boost::asio::cancellation_type::none)
                throw boost::system::system_error(boost::asio::error::operation_aborted);
        }
        if (mine->failure)
            std::rethrow_exception(mine->failure);
        co_return mine->value;
    }

    [[nodiscard]] bool under_way(const Key& key) const { return flights_.contains(key); }

private:
    struct Flight {
        explicit Flight(boost::asio::io_context& context)
            : landed(context, boost::asio::steady_timer::time_point::max()) {}
        boost::asio::steady_timer landed;
        bool done{false};
        std::optional<Value> value;
        std::exception_ptr failure;
    };

    std::shared_ptr<Flight> join_or_start(Key key, Work work) {
        const auto found = flights_.find(key);
        if (found != flights_.end())
            return found->second;
        const auto fresh = std::make_shared<Flight>(shard_.context());
        flights_.emplace(key, fresh);
        auto lead = [this, key, fresh, work = std::move(work)] { return fly(key, fresh, work); };
        // The flight may start, and even land, before spawn returns.
        if (shard_.spawn(name_, std::move(lead)))
            return fresh;
        flights_.erase(key);
        return nullptr;
    }

    Task<void> fly(Key key, std::shared_ptr<Flight> flight, Work work) {
        try {
            Value value = co_await work();
            flight->value = std::move(value);
        } catch (...) {
            // What a closing shard cancels has not failed: its callers get nothing, as those who come later do.
            if (!shard_.closing())
                flight->failure = std::current_exception();
        }
        flight->done = true;
        flights_.erase(key);
        flight->landed.expires_at(boost::asio::steady_timer::time_point::min());
    }

    Shard& shard_;
    std::string name_;
    std::unordered_map<Key, std::shared_ptr<Flight>> flights_;
};

}  // namespace evergrant::async
