#pragma once
//
// Readers: a few threads, each with a connection of its own, that answer from the last committed state. They never wait
// for the writer, nor the writer for them.
//
#include "async/blocking_pool.h"
#include "storage/sqlite/session.h"
#include "storage/sqlite/store_exception.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace evergrant::storage::sqlite {

class Readers {
public:
    Readers(std::vector<std::unique_ptr<Session>> sessions, std::size_t queue_limit)
        : sessions_(std::move(sessions)), pool_(sessions_.size(), queue_limit) {}

    /// Runs `work` on one unchanging view of the database.
    template <class T>
    async::Task<Result<T>> run(std::function<Result<T>(Session&)> work) {
        return pool_.run<T>([this, work = std::move(work)] { return read<T>(work); });
    }

private:
    /// A session on loan, inside a transaction.
    class View {
    public:
        explicit View(Readers& readers);
        View(const View&) = delete;
        View& operator=(const View&) = delete;
        ~View();
        [[nodiscard]] Session& session() noexcept { return *session_; }

    private:
        Readers& readers_;
        std::unique_ptr<Session> session_;
    };

    template <class T>
    Result<T> read(const std::function<Result<T>(Session&)>& work) {
        try {
            View view(*this);
            return work(view.session());
        } catch (...) {
            return std::unexpected(error_of_current_exception());
        }
    }

    [[nodiscard]] std::unique_ptr<Session> take();
    void give_back(std::unique_ptr<Session> session);

    std::mutex mutex_;
    std::vector<std::unique_ptr<Session>> sessions_;  // as many as the pool has threads, so there is always one to take
    async::BlockingPool pool_;
};

}  // namespace evergrant::storage::sqlite
