#pragma once
//
// WireSocket: libpq's socket in Asio's eyes: waits until it can be read or written, a deadline passes, or somebody
// wakes the waiter. Neither reads, writes nor closes it.
//
#include "async/deadline.h"
#include "async/task.h"

#include <boost/asio/io_context.hpp>

#include <memory>

namespace evergrant::storage::postgres {

/// Thread: one io_context's. One waiter at a time.
class WireSocket {
public:
    explicit WireSocket(boost::asio::io_context& context);

    /// Looks at another descriptor from now on. The owner detaches it before it closes it.
    void attach(int descriptor);
    void detach() noexcept;

    /// From now until it happens: a wait ends when the socket can be read, or written.
    void watch(bool reading, bool writing);

    /// Whether what was watched for has happened since `attach`.
    [[nodiscard]] bool is_ready() const noexcept;

    /// Waits for what is watched for, `wake` or `until`. May end for nothing.
    [[nodiscard]] async::Task<void> wait(async::Deadline until);

    /// Ends the wait under way, or the next.
    void wake();

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace evergrant::storage::postgres
