#pragma once
//
// WireConnection: one libpq connection on an io_context: connects, sends a batch in one pipeline, hears notifications.
// Knows neither pool nor back-off. Connecting over several hosts is wire_connect.h.
//
#include "async/deadline.h"
#include "async/task.h"
#include "storage/postgres/server_error.h"
#include "storage/postgres/statement.h"
#include "storage/postgres/wire_settings.h"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

struct pg_conn;

namespace evergrant::storage::postgres {

/// How a batch ended.
struct WireAnswer {
    enum class End : std::uint8_t {
        done,     ///< `rows` has one for each statement; it is committed
        refused,  ///< the server said no to all of it: `error`; it is rolled back
        lost,     ///< the connection broke: `detail`; what was sent may have been done
        late,     ///< the deadline passed before all answers came; what was sent may still be done
    };
    End end{End::lost};
    bool sent{false};  ///< false: not a byte of it left
    std::vector<Rows> rows{};
    ServerError error{};
    std::size_t refused_at{0};  ///< which statement the server said no to
    std::string detail{};
};

/// Thread: one io_context's. One coroutine at a time uses it; `interrupt` and `drop` come from others too.
class WireConnection {
public:
    explicit WireConnection(boost::asio::io_context& context);
    WireConnection(const WireConnection&) = delete;
    WireConnection& operator=(const WireConnection&) = delete;
    /// Says good-bye without waiting; in the middle of something, as `drop`.
    ~WireConnection();

    /// Connects to one host; nothing, or what went wrong in libpq's words. Once.
    [[nodiscard]] async::Task<std::optional<std::string>> open(WireParameters parameters, async::Deadline deadline);

    enum class Naming : std::uint8_t {
        named,    ///< each statement is prepared at its first use here, in the same round trip
        unnamed,  ///< nothing outlives the transaction: for poolers
    };
    /// Sends all of it and one Sync, and waits for the answers. One transaction. `statements` outlive the call.
    [[nodiscard]] async::Task<WireAnswer> run(std::span<const Statement> statements, async::Deadline deadline,
                                              Naming naming);

    /// Waits until the server sent something, `interrupt` is called, or `until`. May end for nothing.
    [[nodiscard]] async::Task<void> wait(async::Deadline until);
    /// Ends the wait under way, or the next.
    void interrupt();

    /// Takes in what has arrived. False: the connection is gone.
    [[nodiscard]] bool alive();

    /// The payload of a notification that has arrived.
    [[nodiscard]] std::optional<std::string> next_notification();

    /// Ends it at once, with a reset: what the kernel has not sent yet never leaves. Ends what is under way as lost.
    void drop() noexcept;

private:
    struct Watch;
    struct Progress;

    void start(const WireParameters& parameters);
    void attach();
    void detach() noexcept;
    void watch_for(bool reading, bool writing);
    [[nodiscard]] async::Task<void> wait_on_watch(async::Deadline until);
    [[nodiscard]] bool enqueue(std::span<const Statement> statements, Naming naming, Progress& progress);
    [[nodiscard]] bool send_named(const Statement& statement, std::size_t index, Progress& progress);
    [[nodiscard]] bool send_unnamed(const Statement& statement);
    [[nodiscard]] bool take_in();
    void take_results(Progress& progress);
    void take_result(pg_result* owned, Progress& progress);
    [[nodiscard]] std::string error_text() const;

    struct Finish {
        void operator()(pg_conn* connection) const noexcept;
    };
    std::shared_ptr<Watch> watch_;
    std::unique_ptr<pg_conn, Finish> connection_;
    std::unordered_set<std::string> prepared_;
    bool dropped_{false};
    bool busy_{false};  ///< connecting, or a batch is under way
};

}  // namespace evergrant::storage::postgres
