#pragma once
//
// Shards: one thread and one io_context for each core. An object belongs to one shard and is never locked;
// `run_on` (run_on.h) is the bridge between shards. Background work is started by `spawn`, which names it, counts it
// and logs its failure.
//
#include "async/gate.h"
#include "async/one_shot.h"
#include "async/run_on.h"
#include "async/task.h"

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace evergrant::async {

/// What a drain does with spawned work: waits for it to end, or tells it to stop at once (loops, pauses).
enum class AtDrain : std::uint8_t { finish, stop };

/// One thread's world. Thread: everything but `index()`, `context()`, `executor()` and `run_on` belongs to the shard's
/// own thread; before the threads start, to the thread that starts them.
class Shard {
public:
    explicit Shard(std::size_t index);
    Shard(const Shard&) = delete;
    Shard& operator=(const Shard&) = delete;

    [[nodiscard]] std::size_t index() const noexcept { return index_; }
    [[nodiscard]] boost::asio::io_context& context() noexcept { return context_; }
    [[nodiscard]] boost::asio::any_io_executor executor() noexcept { return context_.get_executor(); }

    /// Starts background work that outlives its starter. Refused (false) once the shard is closing.
    /// An exception that leaves `work` is logged under `name` and ends only that work.
    /// What it logs bears the ids of the request that started it, if one did.
    /// On the shard's own thread the work runs up to its first wait before `spawn` returns.
    bool spawn(std::string_view name, std::function<Task<void>()> work, AtDrain at_drain = AtDrain::finish);

    /// How many pieces of spawned work are under way.
    [[nodiscard]] std::size_t work_under_way() const noexcept { return gate_.inside(); }

    /// Whether `drain` has begun, and new work is refused.
    [[nodiscard]] bool closing() const noexcept { return gate_.closed(); }

    /// Stops new work and waits for the old until `deadline`; what is left then is cancelled and waited for another
    /// `patience`. True if all work has ended.
    [[nodiscard]] Task<bool> drain(Deadline deadline, std::chrono::milliseconds patience = std::chrono::seconds(2));

private:
    friend class Shards;

    struct Running {
        std::string name;
        AtDrain at_drain{AtDrain::finish};
        boost::asio::cancellation_signal cancel;
    };
    void cancel_running(AtDrain which);

    /// Lets go of handlers and frames that will never run, while all other shards still exist.
    class Context : public boost::asio::io_context {
    public:
        using io_context::io_context;
        void drop_handlers() { shutdown(); }
    };

    static Task<void> run_work(std::string name, std::function<Task<void>()> work, std::shared_ptr<Gate::Pass> pass);
    void run() noexcept;

    std::size_t index_;
    Context context_;
    Gate gate_;
    std::list<Running> running_;
};

/// All shards of the process.
class Shards {
public:
    explicit Shards(std::size_t count);

    /// Stops at once, cancelling what is under way.
    ~Shards();
    Shards(const Shards&) = delete;
    Shards& operator=(const Shards&) = delete;

    [[nodiscard]] std::size_t size() const noexcept { return shards_.size(); }
    [[nodiscard]] Shard& operator[](std::size_t index) noexcept { return *shards_[index]; }

    /// The shard that owns what hashes to `hash`.
    [[nodiscard]] Shard& home_of(std::size_t hash) noexcept { return *shards_[hash % shards_.size()]; }

    /// Starts the threads, named `shard-0` and so on. Each runs until `stop`. Once in a lifetime.
    void start();

    /// Drains every shard until `deadline`, cancels what is left and waits for it another `patience`, then ends and
    /// joins the threads. Idempotent. Call from outside the shards.
    void stop(Deadline deadline, std::chrono::milliseconds patience = std::chrono::seconds(2));

private:
    std::vector<std::unique_ptr<Shard>> shards_;
    std::vector<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> guards_;
    std::vector<std::thread> threads_;
};

/// Runs `work` on `shard`, as run_on(executor, work) does.
template <class T>
Task<T> run_on(Shard& shard, std::function<Task<T>()> work) {
    return run_on(shard.executor(), std::move(work));
}

}  // namespace evergrant::async
