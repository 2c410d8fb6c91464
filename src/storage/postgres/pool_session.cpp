#include "storage/postgres/pool_session.h"

#include "async/sleep.h"
#include "base/log.h"

#include <array>
#include <utility>

namespace evergrant::storage::postgres {

namespace {

using SteadyClock = async::Deadline::clock;

constexpr std::string_view read_clock = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint";

/// The last statement of a write. It divides by zero, which undoes the whole batch, when the server's clock has passed
/// the deadline: that way neither bytes that were held up nor a wait for a lock let a write happen after its deadline.
constexpr std::string_view guard =
    "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint,"
    " 1 / (extract(epoch FROM clock_timestamp()) * 1000 < $1::bigint)::int AS in_time";

constexpr unsigned most_repeats = 4;
constexpr async::Backoff between_repeats{.first = std::chrono::milliseconds(5), .cap = std::chrono::milliseconds(100)};

}  // namespace

void ServerClock::note(Instant server, SteadyClock::time_point sent, SteadyClock::time_point received) {
    constexpr std::chrono::milliseconds good_enough{50};
    const auto round_trip = received - sent;
    // Clocks drift, so that a new reading is worth more than an old one, unless it is much vaguer.
    if (round_trip_ && round_trip > good_enough && round_trip > *round_trip_)
        return;
    server_ = server;
    received_ = received;
    round_trip_ = round_trip;
}

Instant ServerClock::at(SteadyClock::time_point moment) const noexcept {
    return server_ + std::chrono::floor<std::chrono::milliseconds>(moment - received_);
}

/// What was already tried for one request on one session.
struct PoolSession::Tries {
    unsigned repeats{0};
    bool unnamed{false};
    bool repeat_after_pause{false};
};

async::Task<std::optional<std::string>> PoolSession::greet(async::Deadline deadline) {
    const std::array<Statement, 1> statements{Statement(read_clock)};
    const auto sent = SteadyClock::now();
    WireAnswer answer = co_await connection_->run(statements, deadline, WireConnection::Naming::unnamed);
    switch (answer.end) {
        case WireAnswer::End::done: clock_.note(answer.rows.at(0).instant(0, 0), sent, SteadyClock::now()); break;
        case WireAnswer::End::refused: co_return answer.error.state + " " + answer.error.message;
        case WireAnswer::End::lost: co_return answer.detail;
        case WireAnswer::End::late: co_return "it accepts connections and does not answer";
    }
    co_return std::nullopt;
}

async::Task<PoolSession::Next> PoolSession::perform(std::shared_ptr<PoolRequest> request) {
    Tries tries;
    while (true) {
        if (request->abandoned || request->deadline.passed()) {
            request->answer_with(std::unexpected(unavailable("the deadline passed before the batch was sent")));
            co_return Next::keep;
        }
        WireAnswer answer = co_await send(request);
        const std::optional<Next> next = settle(*request, answer, tries);
        if (next)
            co_return *next;
        if (tries.repeat_after_pause) {
            tries.repeat_after_pause = false;
            co_await async::sleep_for(between_repeats.pause(tries.repeats, manners_->random.dice()));
        }
    }
}

async::Task<WireAnswer> PoolSession::send(std::shared_ptr<PoolRequest> request) {
    const bool named = manners_->naming && !stale_plans_;
    const bool guarded = request->batch.use == Batch::Use::write;
    std::vector<Statement>& statements = request->batch.statements;
    if (guarded)
        statements.emplace_back(guard, clock_.at(request->deadline.at()));
    const auto naming = named ? WireConnection::Naming::named : WireConnection::Naming::unnamed;
    const auto sent = SteadyClock::now();
    WireAnswer answer = co_await connection_->run(statements, request->deadline, naming);
    if (guarded)
        statements.pop_back();
    if (guarded && answer.end == WireAnswer::End::done) {
        clock_.note(answer.rows.back().instant(0, 0), sent, SteadyClock::now());
        answer.rows.pop_back();
    }
    co_return std::move(answer);
}

std::optional<PoolSession::Next> PoolSession::settle(PoolRequest& request, WireAnswer& answer, Tries& tries) {
    switch (answer.end) {
        case WireAnswer::End::done: request.answer_with(std::move(answer.rows)); return Next::keep;
        case WireAnswer::End::late: return give_up(request, "no answer in time");
        case WireAnswer::End::refused: return settle_refusal(request, answer, tries);
        case WireAnswer::End::lost: break;
    }
    if (!request.moved && (!answer.sent || request.batch.use == Batch::Use::read)) {
        request.moved = true;
        return Next::drop_and_move;
    }
    return give_up(request, answer.detail);
}

std::optional<PoolSession::Next> PoolSession::settle_refusal(PoolRequest& request, const WireAnswer& answer,
                                                             Tries& tries) {
    const ServerError& error = answer.error;
    if (request.batch.use == Batch::Use::write && answer.refused_at == request.batch.statements.size() &&
        error.state == "22012")
        return give_up(request, "the batch arrived after its deadline, or the server's clock was set");
    const Next after = error.fatal || stale_plans_ ? Next::drop : Next::keep;
    switch (remedy_for(error)) {
        case Remedy::repeat:
            if (after == Next::drop || tries.repeats == most_repeats)
                break;
            ++tries.repeats;
            tries.repeat_after_pause = true;
            return std::nullopt;
        case Remedy::send_unnamed:
            if (after == Next::drop || tries.unnamed)
                break;
            if (std::exchange(manners_->naming, false))
                log(LogLevel::info, "postgres_statements_unnamed", {{"server", host_}, {"state", error.state}});
            tries.unnamed = true;
            return std::nullopt;
        case Remedy::prepare_elsewhere:
            if (after == Next::drop || tries.unnamed)
                break;
            stale_plans_ = true;
            tries.unnamed = true;
            return std::nullopt;
        case Remedy::leave_server:
            if (!request.moved && request.batch.use == Batch::Use::read) {
                request.moved = true;
                return Next::drop_and_move;
            }
            return give_up(request, error.state + " " + error.message);
        case Remedy::tell_conflict:
        case Remedy::wait:
        case Remedy::report_bug: break;
    }
    request.answer_with(std::unexpected(to_error(error)));
    return after;
}

PoolSession::Next PoolSession::give_up(PoolRequest& request, std::string why) {
    request.answer_with(std::unexpected(unavailable(host_ + ": " + why)));
    return Next::drop;
}

}  // namespace evergrant::storage::postgres
