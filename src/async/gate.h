#pragma once
//
// Gate: stop new work, tell when the old is done. One shard's; never shared between threads.
//
#include "async/deadline.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <optional>
#include <utility>

namespace evergrant::async {

class Gate {
public:
    /// Held while a piece of work is under way.
    class Pass {
    public:
        explicit Pass(Gate& gate) noexcept : gate_(&gate) { ++gate.inside_; }
        Pass(Pass&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
        Pass& operator=(Pass&&) = delete;
        Pass(const Pass&) = delete;
        Pass& operator=(const Pass&) = delete;
        ~Pass() {
            if (gate_ != nullptr)
                gate_->leave();
        }

    private:
        Gate* gate_;
    };

    explicit Gate(const boost::asio::any_io_executor& executor)
        : emptied_(executor, boost::asio::steady_timer::time_point::max()) {}

    /// Nothing once the gate is closed.
    [[nodiscard]] std::optional<Pass> enter() noexcept {
        if (closed_)
            return std::nullopt;
        return Pass(*this);
    }

    void close() noexcept { closed_ = true; }
    [[nodiscard]] bool closed() const noexcept { return closed_; }
    [[nodiscard]] std::size_t inside() const noexcept { return inside_; }

    /// Waits until everyone has left or `deadline` passes; true if all left. Close the gate first. One waiter at a
    /// time.
    [[nodiscard]] Task<bool> wait_until_empty(Deadline deadline);

private:
    void leave() noexcept {
        if (--inside_ == 0 && closed_)
            emptied_.cancel();
    }

    boost::asio::steady_timer emptied_;
    std::size_t inside_{0};
    bool closed_{false};
};

}  // namespace evergrant::async
