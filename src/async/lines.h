#pragma once
//
// Lines: of many who come for one key, one goes at a time, in the order they came. Belongs to one shard. Where all may
// share one result see single_flight.h.
//
#include "async/deadline.h"
#include "async/task.h"

#include <cstddef>
#include <memory>
#include <string>

namespace evergrant::async {

class Lines {
    struct State;

public:
    /// The turn of who has come to the front; the next one's begins when it ends.
    class Pass {
    public:
        Pass() = default;
        Pass(Pass&&) noexcept = default;
        Pass& operator=(Pass&& other) noexcept;
        ~Pass() { end(); }

    private:
        friend class Lines;
        Pass(std::shared_ptr<State> state, std::string key) : state_(std::move(state)), key_(std::move(key)) {}
        void end() noexcept;

        std::shared_ptr<State> state_;
        std::string key_;
    };

    /// No line becomes longer.
    explicit Lines(std::size_t longest = 1000);

    /// Waits for its turn. Errors: overloaded: the line is full, or the deadline passes first.
    /// Cancellation: throws system_error(operation_aborted), and the place in the line is given up.
    [[nodiscard]] Task<Result<Pass>> enter(std::string key, Deadline deadline);

private:
    class Place;

    std::shared_ptr<State> state_;
};

}  // namespace evergrant::async
