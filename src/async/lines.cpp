#include "async/lines.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <deque>
#include <unordered_map>
#include <utility>

namespace evergrant::async {

namespace {

struct Waiter {
    Waiter(const boost::asio::any_io_executor& executor, Deadline deadline) : turn(executor, deadline.at()) {}
    boost::asio::steady_timer turn;
    bool called{false};
};

std::unexpected<Error> too_many_wait() {
    Error error{.code = Errc::overloaded,
                .message = "Too many wait to do the same; try again shortly.",
                .retry_after = std::chrono::seconds(1)};
    return std::unexpected(std::move(error));
}

}  // namespace

/// A key is there while somebody has its turn.
struct Lines::State {
    explicit State(std::size_t most) : longest(most) {}

    void call_next(const std::string& key) noexcept {
        const auto line = waiting.find(key);
        if (line == waiting.end())
            return;
        if (line->second.empty()) {
            waiting.erase(line);
            return;
        }
        const std::shared_ptr<Waiter> next = std::move(line->second.front());
        line->second.pop_front();
        next->called = true;
        next->turn.expires_at(boost::asio::steady_timer::time_point::min());
    }

    std::size_t longest;
    std::unordered_map<std::string, std::deque<std::shared_ptr<Waiter>>> waiting;
};

/// Leaves the line, or hands the turn on, however its owner ends before it has made a Pass of it.
class Lines::Place {
public:
    Place(std::shared_ptr<State> state, std::string key, std::shared_ptr<Waiter> waiter)
        : state_(std::move(state)), key_(std::move(key)), waiter_(std::move(waiter)) {
        state_->waiting[key_].push_back(waiter_);
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() {
        if (!state_)
            return;
        if (waiter_->called)
            state_->call_next(key_);
        else
            std::erase(state_->waiting[key_], waiter_);
    }

    Pass taken() { return {std::exchange(state_, nullptr), key_}; }

private:
    std::shared_ptr<State> state_;
    std::string key_;
    std::shared_ptr<Waiter> waiter_;
};

Lines::Pass& Lines::Pass::operator=(Pass&& other) noexcept {
    if (this != &other) {
        end();
        state_ = std::move(other.state_);
        key_ = std::move(other.key_);
    }
    return *this;
}

void Lines::Pass::end() noexcept {
    const std::shared_ptr<State> state = std::exchange(state_, nullptr);
    if (state)
        state->call_next(key_);
}

Lines::Lines(std::size_t longest) : state_(std::make_shared<State>(longest)) {}

Task<Result<Lines::Pass>> Lines::enter(std::string key, Deadline deadline) {
    const auto executor = co_await boost::asio::this_coro::executor;
    const std::shared_ptr<State> state = state_;
    const auto [line, first] = state->waiting.try_emplace(key);
    if (first)
        co_return Pass(state, std::move(key));
    if (line->second.size() >= state->longest)
        co_return too_many_wait();
    const auto waiter = std::make_shared<Waiter>(executor, deadline);
    Place place(state, std::move(key), waiter);
    constexpr auto no_throw = boost::asio::as_tuple(boost::asio::use_awaitable);
    co_await waiter->turn.async_wait(no_throw);
    if (waiter->called)
        co_return place.taken();
    const auto cancellation = co_await boost::asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != boost::asio::cancellation_type::none)
        throw boost::system::system_error(boost::asio::error::operation_aborted);
    co_return too_many_wait();
}

}  // namespace evergrant::async
