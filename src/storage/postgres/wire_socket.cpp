#include "storage/postgres/wire_socket.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace evergrant::storage::postgres {

namespace {

using Descriptor = boost::asio::posix::stream_descriptor;

}  // namespace

/// Handlers own it, so that they may come after the connection has gone.
struct WireSocket::State {
    explicit State(boost::asio::io_context& context) : descriptor(context), alarm(context) {}

    void wake() {
        woken = true;
        alarm.cancel();
    }

    static void watch(std::shared_ptr<State> state, Descriptor::wait_type type, bool State::* watching) {
        if (std::exchange(state.get()->*watching, true))
            return;
        state->descriptor.async_wait(type, [state, watching, epoch = state->epoch](auto) {
            if (epoch != state->epoch)
                return;
            state.get()->*watching = false;
            state->ready = true;
            state->wake();
        });
    }

    Descriptor descriptor;
    boost::asio::steady_timer alarm;
    unsigned epoch{0};  ///< of the descriptor: libpq changes it while it connects
    bool reading{false};
    bool writing{false};
    bool ready{false};
    bool woken{false};
};

WireSocket::WireSocket(boost::asio::io_context& context) : state_(std::make_shared<State>(context)) {}

void WireSocket::attach(int descriptor) {
    detach();
    state_->descriptor.assign(descriptor);
}

void WireSocket::detach() noexcept {
    ++state_->epoch;
    state_->reading = state_->writing = state_->ready = false;
    if (state_->descriptor.is_open())
        state_->descriptor.release();
}

void WireSocket::watch(bool reading, bool writing) {
    if (reading)
        State::watch(state_, Descriptor::wait_read, &State::reading);
    if (writing)
        State::watch(state_, Descriptor::wait_write, &State::writing);
}

bool WireSocket::is_ready() const noexcept {
    return state_->ready;
}

async::Task<void> WireSocket::wait(async::Deadline until) {
    constexpr auto no_throw = boost::asio::as_tuple(boost::asio::use_awaitable);
    const std::shared_ptr<State> state = state_;
    if (!state->woken) {
        state->alarm.expires_at(until.at());
        co_await state->alarm.async_wait(no_throw);
    }
    state->woken = false;
}

void WireSocket::wake() {
    state_->wake();
}

}  // namespace evergrant::storage::postgres
