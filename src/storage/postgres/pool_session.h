#pragma once
//
// PoolSession: one of a pool's connections together with what is known of its server: the clock, and whether
// statements may have names. Says what became of a request; who gets which is pool.cpp's.
//
#include "async/deadline.h"
#include "async/task.h"
#include "base/error.h"
#include "crypto/random.h"
#include "storage/postgres/statement.h"
#include "storage/postgres/wire_connect.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace evergrant::storage::postgres {

/// A batch on its way, and who waits for it.
struct PoolRequest {
    PoolRequest(boost::asio::io_context& context, Batch work, async::Deadline until)
        : batch(std::move(work)), deadline(until), arrival(context, until.at()) {}

    void answer_with(Result<std::vector<Rows>> outcome) {
        answer.emplace(std::move(outcome));
        arrival.cancel();
    }

    Batch batch;
    async::Deadline deadline;
    boost::asio::steady_timer arrival;  ///< ends when there is an answer, or with the deadline
    std::optional<Result<std::vector<Rows>>> answer;
    bool abandoned{false};  ///< nobody waits for the answer any more
    bool moved{false};      ///< was sent, or nearly, on a connection that turned out to be dead
};

/// What all sessions of a pool share.
struct PoolManners {
    bool naming{true};  ///< until a pooler between us and the server mixes up prepared statements
    crypto::SystemRandom random;
};

/// The server's clock, read over our steady clock: a step of our time of day does not matter.
class ServerClock {
public:
    /// `server` was read somewhere between the two moments.
    void note(Instant server, async::Deadline::clock::time_point sent, async::Deadline::clock::time_point received);

    /// What the server's clock shows at `moment`, or less: by up to the round trip in which it was read.
    [[nodiscard]] Instant at(async::Deadline::clock::time_point moment) const noexcept;

private:
    Instant server_{};
    async::Deadline::clock::time_point received_{};
    std::optional<async::Deadline::clock::duration> round_trip_;
};

class PoolSession {
public:
    PoolSession(std::unique_ptr<WireConnection> connection, std::string host, std::shared_ptr<PoolManners> manners)
        : connection_(std::move(connection)), host_(std::move(host)), manners_(std::move(manners)) {}

    [[nodiscard]] WireConnection& connection() noexcept { return *connection_; }

    /// Reads the server's clock, which proves that there is a server. Nothing, or what is wrong.
    [[nodiscard]] async::Task<std::optional<std::string>> greet(async::Deadline deadline);

    enum class Next : std::uint8_t {
        keep,          ///< the request is answered and the session is sound
        drop,          ///< the request is answered; the session is not to be used again
        drop_and_move  ///< the request is for another connection
    };
    /// Sends the request, again where that is safe and helps, until it is answered.
    [[nodiscard]] async::Task<Next> perform(std::shared_ptr<PoolRequest> request);

private:
    struct Tries;

    [[nodiscard]] async::Task<WireAnswer> send(std::shared_ptr<PoolRequest> request);
    [[nodiscard]] std::optional<Next> settle(PoolRequest& request, WireAnswer& answer, Tries& tries);
    [[nodiscard]] std::optional<Next> settle_refusal(PoolRequest& request, const WireAnswer& answer, Tries& tries);
    [[nodiscard]] Next give_up(PoolRequest& request, std::string why);

    std::unique_ptr<WireConnection> connection_;
    const std::string host_;
    const std::shared_ptr<PoolManners> manners_;
    ServerClock clock_;
    bool stale_plans_{false};
};

}  // namespace evergrant::storage::postgres
