#pragma once
//
// Writer: the one thread that changes the database. It takes all changes that wait, makes each inside a savepoint,
// commits once, which is one fsync, and only then answers. It never waits for a group to fill: while one group is on
// its way to the disk, the next one gathers.
//
// A change that fails is undone alone. When the disk fails, be it under one change or at the commit, nobody's change
// was made and all are told store_unavailable; the next group tries the disk afresh.
//
#include "async/one_shot.h"
#include "async/task.h"
#include "base/error.h"
#include "storage/sqlite/session.h"
#include "storage/sqlite/store_exception.h"

#include <boost/asio/this_coro.hpp>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace evergrant::storage::sqlite {

class Writer {
public:
    struct Limits {
        std::size_t queue;  ///< changes that may wait; more are refused with overloaded
        std::size_t group;  ///< changes in one commit; > 0
    };

    Writer(std::unique_ptr<Session> session, Limits limits);
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
    /// Finishes what waits, empties the log and closes the database.
    ~Writer();

    /// Makes one change and answers once it is durable. An error that `work` returns undoes it.
    /// Thread: any. Cancellation: the caller leaves, the change is made.
    template <class T>
    async::Task<Result<T>> run(std::move_only_function<Result<T>(Session&)> work) {
        const auto executor = co_await boost::asio::this_coro::executor;
        async::OneShot<Result<T>> outcome(executor);
        auto change = std::make_unique<TypedChange<T>>(std::move(work), outcome);
        std::optional<Error> refused = enqueue(std::move(change));
        if (refused)
            co_return std::unexpected(std::move(*refused));
        Result<T> answer = co_await outcome.receive();
        co_return std::move(answer);
    }

    /// Why the last group could not be written; nothing: it was.
    [[nodiscard]] std::optional<Error> last_failure() const;

private:
    class Change {
    public:
        virtual ~Change() = default;
        /// Makes the change; false: undo it.
        virtual bool make(Session& session) noexcept = 0;
        /// Of a change that failed.
        [[nodiscard]] virtual const Error& error() const = 0;
        /// Tells the caller: what the change returned, or why its group was lost.
        virtual void answer(const std::optional<Error>& lost) = 0;
    };

    template <class T>
    class TypedChange final : public Change {
    public:
        TypedChange(std::move_only_function<Result<T>(Session&)> work, async::OneShot<Result<T>> outcome)
            : work_(std::move(work)), outcome_(std::move(outcome)) {}

        bool make(Session& session) noexcept override {
            try {
                result_.emplace(work_(session));
            } catch (...) {
                result_.emplace(std::unexpected(error_of_current_exception()));
            }
            return result_->has_value();
        }

        [[nodiscard]] const Error& error() const override { return result_->error(); }

        void answer(const std::optional<Error>& lost) override {
            if (lost)
                result_.emplace(std::unexpected(*lost));
            outcome_.send(std::move(*result_));
        }

    private:
        std::move_only_function<Result<T>(Session&)> work_;
        async::OneShot<Result<T>> outcome_;
        std::optional<Result<T>> result_;
    };

    using Group = std::vector<std::unique_ptr<Change>>;

    [[nodiscard]] std::optional<Error> enqueue(std::unique_ptr<Change> change);
    void work();
    [[nodiscard]] Group next_group();  ///< empty: it is over
    void commit(Group& group) noexcept;
    void make(Change& change);
    void roll_back() noexcept;
    void shred() noexcept;
    void note(const std::optional<Error>& failure);

    std::unique_ptr<Session> session_;
    const Limits limits_;
    mutable std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<std::unique_ptr<Change>> queue_;
    std::optional<Error> last_failure_;
    bool closing_{false};
    std::thread thread_;
};

}  // namespace evergrant::storage::sqlite
