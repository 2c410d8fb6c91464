#include "storage/postgres/pool.h"

#include "async/sleep.h"
#include "base/log.h"
#include "base/secret.h"
#include "storage/postgres/pool_session.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <deque>
#include <exception>
#include <list>
#include <utility>

namespace evergrant::storage::postgres {

namespace {

constexpr async::Backoff between_attempts{.first = std::chrono::milliseconds(100),
                                          .cap = std::chrono::milliseconds(2'000)};
constexpr std::chrono::seconds idle_at_most{60};
constexpr std::chrono::seconds before_asking_again{1};

Error closing() {
    return {.code = Errc::shutting_down, .message = "The store is closing."};
}

}  // namespace

/// The queue, the sessions and the back-off. Each session is driven by one coroutine, `serve`, from its opening to its
/// end; at most one is being opened at a time, so that a server that comes back is not run over. Coroutines share it.
class Pool::State : public std::enable_shared_from_this<State> {
public:
    State(boost::asio::io_context& context, PoolOptions options)
        : context_(context),
          options_(std::move(options)),
          connector_(context, WireSettings(options_.url, {options_.connect_timeout, options_.answer_timeout},
                                           options_.application_name)),
          retry_(context) {
        wipe(options_.url.data(), options_.url.size());
    }

    [[nodiscard]] async::Task<Result<std::vector<Rows>>> run(Batch batch);
    [[nodiscard]] std::string trouble() const { return away() ? trouble_ : std::string(); }
    void close();

private:
    struct Slot {
        explicit Slot(PoolSession opened) : session(std::move(opened)) {}
        PoolSession session;
        std::shared_ptr<PoolRequest> request;  ///< handed over, and not yet taken
    };

    /// However a greeting ends, `close` no longer drops its connection.
    struct Greeted {
        void operator()(State* state) const noexcept { state->greeting_ = nullptr; }
    };

    /// No connection, and the last attempt at one failed.
    [[nodiscard]] bool away() const noexcept { return slots_.empty() && !trouble_.empty(); }
    [[nodiscard]] std::optional<Error> refusal() const;
    void dispatch();
    void open_one();
    [[nodiscard]] Slot* opened(PoolSession session, const std::string& host);
    void ended(Slot* slot);
    void attempt_failed(std::string why);
    void take_back(std::shared_ptr<PoolRequest> request);
    void fail_queue(const Error& error);

    static async::Task<void> serve(std::shared_ptr<State> self);
    static async::Task<std::optional<std::string>> greet(std::shared_ptr<State> self, PoolSession* session,
                                                         async::Deadline deadline);
    static async::Task<void> work(std::shared_ptr<State> self, Slot* slot);
    static async::Task<bool> wait_for_request(std::shared_ptr<State> self, Slot* slot);

    boost::asio::io_context& context_;
    PoolOptions options_;
    WireConnector connector_;
    std::shared_ptr<PoolManners> manners_{std::make_shared<PoolManners>()};
    std::deque<std::shared_ptr<PoolRequest>> queue_;
    std::list<Slot> slots_;
    std::vector<Slot*> idle_;  ///< the one used last is the last
    boost::asio::steady_timer retry_;
    WireConnection* greeting_{nullptr};
    bool opening_{false};
    bool retrying_{false};
    bool closed_{false};
    unsigned failures_{0};  ///< attempts in a row
    std::string trouble_;   ///< of the last attempt; empty: it succeeded
};

Pool::Pool(boost::asio::io_context& context, PoolOptions options)
    : state_(std::make_shared<State>(context, std::move(options))) {}

Pool::~Pool() {
    state_->close();
}

async::Task<Result<std::vector<Rows>>> Pool::run(Batch batch) {
    return state_->run(std::move(batch));
}

std::string Pool::trouble() const {
    return state_->trouble();
}

async::Task<Result<std::vector<Rows>>> Pool::State::run(Batch batch) {
    const std::shared_ptr<State> self = shared_from_this();
    std::optional<Error> refused = refusal();
    if (refused)
        co_return std::unexpected(std::move(*refused));
    const auto deadline = async::Deadline::after(options_.answer_timeout);
    const auto request = std::make_shared<PoolRequest>(context_, std::move(batch), deadline);
    queue_.push_back(request);
    dispatch();
    constexpr auto no_throw = boost::asio::as_tuple(boost::asio::use_awaitable);
    if (!request->answer)
        co_await request->arrival.async_wait(no_throw);
    request->abandoned = true;
    std::erase(queue_, request);
    if (request->answer)
        co_return std::move(*request->answer);
    const auto state = co_await boost::asio::this_coro::cancellation_state;
    if (state.cancelled() != boost::asio::cancellation_type::none)
        throw boost::system::system_error(boost::asio::error::operation_aborted);
    co_return std::unexpected(unavailable(trouble_.empty() ? "no answer in time" : trouble_));
}

std::optional<Error> Pool::State::refusal() const {
    if (closed_)
        return closing();
    if (away())
        return unavailable(trouble_);
    if (queue_.size() >= options_.queue_limit)
        return Error{.code = Errc::overloaded,
                     .message = "Too many batches wait for the database; try again shortly.",
                     .retry_after = before_asking_again};
    return std::nullopt;
}

void Pool::State::dispatch() {
    while (!queue_.empty() && !idle_.empty()) {
        Slot* const slot = idle_.back();
        idle_.pop_back();
        slot->request = std::move(queue_.front());
        queue_.pop_front();
        slot->session.connection().interrupt();
    }
    if (!queue_.empty())
        open_one();
}

void Pool::State::open_one() {
    if (closed_ || opening_ || retrying_ || slots_.size() >= options_.connections)
        return;
    opening_ = true;
    auto finished = [self = shared_from_this()](std::exception_ptr failure) {
        if (failure)
            self->attempt_failed("an internal error");
    };
    boost::asio::co_spawn(context_, serve(shared_from_this()), std::move(finished));
}

async::Task<void> Pool::State::serve(std::shared_ptr<State> self) {
    const async::Deadline deadline = async::Deadline::after(self->connector_.settings().connect_timeout());
    WireAttempt attempt = co_await self->connector_.connect();
    if (!attempt.connection) {
        self->attempt_failed(std::move(attempt.trouble));
        co_return;
    }
    PoolSession session(std::move(attempt.connection), attempt.host, self->manners_);
    std::optional<std::string> wrong = co_await greet(self, &session, deadline);
    if (wrong || self->closed_) {
        self->connector_.distrust();
        self->attempt_failed(attempt.host + ": " + wrong.value_or("closed"));
        co_return;
    }
    Slot* const slot = self->opened(std::move(session), attempt.host);
    try {
        co_await work(self, slot);
    } catch (const std::exception& exception) {
        log(LogLevel::error, "postgres_session_failed", {{"error", exception.what()}});
    }
    self->ended(slot);
}

/// Nothing, or why the session is of no use.
async::Task<std::optional<std::string>> Pool::State::greet(std::shared_ptr<State> self, PoolSession* session,
                                                           async::Deadline deadline) {
    self->greeting_ = &session->connection();
    const std::unique_ptr<State, Greeted> greeted_at_the_end(self.get());
    auto wrong = co_await session->greet(deadline);
    co_return wrong;
}

async::Task<void> Pool::State::work(std::shared_ptr<State> self, Slot* slot) {
    while (true) {
        const bool has_request = co_await wait_for_request(self, slot);
        if (!has_request)
            co_return;
        const std::shared_ptr<PoolRequest> request = std::exchange(slot->request, nullptr);
        const PoolSession::Next next = co_await slot->session.perform(request);
        if (next == PoolSession::Next::keep)
            continue;
        slot->session.connection().drop();
        if (next == PoolSession::Next::drop_and_move)
            self->take_back(request);
        co_return;
    }
}

/// False: the session is to end.
async::Task<bool> Pool::State::wait_for_request(std::shared_ptr<State> self, Slot* slot) {
    if (self->closed_)
        co_return false;
    self->idle_.push_back(slot);
    self->dispatch();
    auto until = async::Deadline::after(idle_at_most);
    while (!slot->request) {
        co_await slot->session.connection().wait(until);
        if (slot->request)
            break;
        const bool superfluous = until.passed() && self->slots_.size() > 1;
        if (superfluous || self->closed_ || !slot->session.connection().alive()) {
            std::erase(self->idle_, slot);
            co_return false;
        }
        if (until.passed())
            until = async::Deadline::after(idle_at_most);
    }
    co_return true;
}

Pool::State::Slot* Pool::State::opened(PoolSession session, const std::string& host) {
    slots_.emplace_back(std::move(session));
    if (failures_ > 0)
        log(LogLevel::info, "postgres_found", {{"server", host}, {"attempts", std::int64_t{failures_} + 1}});
    opening_ = false;
    failures_ = 0;
    trouble_.clear();
    // What waits is served by this one at once; what is left then opens the next.
    return &slots_.back();
}

void Pool::State::ended(Slot* slot) {
    std::erase(idle_, slot);
    slots_.remove_if([slot](const Slot& one) { return &one == slot; });
    if (slots_.empty())
        open_one();
    dispatch();
}

void Pool::State::attempt_failed(std::string why) {
    opening_ = false;
    if (closed_)
        return;
    log(failures_ == 0 ? LogLevel::warning : LogLevel::debug, "postgres_unreachable", {{"error", why}});
    ++failures_;
    if (slots_.empty()) {
        trouble_ = std::move(why);
        fail_queue(unavailable(trouble_));
    }
    retrying_ = true;
    retry_.expires_after(between_attempts.pause(failures_ - 1, manners_->random.dice()));
    retry_.async_wait([self = shared_from_this()](boost::system::error_code) {
        self->retrying_ = false;
        if (self->slots_.empty())
            self->open_one();
        self->dispatch();
    });
}

void Pool::State::take_back(std::shared_ptr<PoolRequest> request) {
    if (closed_)
        request->answer_with(std::unexpected(closing()));
    else if (!request->abandoned)
        queue_.push_front(std::move(request));
}

void Pool::State::fail_queue(const Error& error) {
    for (const auto& request : std::exchange(queue_, {}))
        request->answer_with(std::unexpected(error));
}

void Pool::State::close() {
    closed_ = true;
    connector_.stop();
    if (greeting_ != nullptr)
        greeting_->drop();
    for (Slot& slot : slots_)
        slot.session.connection().drop();
    retry_.cancel();
    fail_queue(closing());
}

}  // namespace evergrant::storage::postgres
