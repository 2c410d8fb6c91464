#include "storage/postgres/postgres_news.h"

#include "async/sleep.h"
#include "base/log.h"
#include "crypto/random.h"
#include "storage/postgres/wire_connect.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

namespace evergrant::storage::postgres {

namespace {

constexpr std::string_view listen = "LISTEN evergrant_news";
constexpr std::string_view tell = "SELECT pg_notify('evergrant_news', $1)";
constexpr std::string_view ask = "SELECT 1";
constexpr std::string_view gap_word = "gap";
constexpr std::string_view probe_word = "probe ";
constexpr std::size_t most_at_a_time = 256;
constexpr std::chrono::milliseconds for_a_probe{2'000};  ///< nothing is heard while one is told
constexpr std::string_view how_to_hear =
    "LISTEN succeeded, but nothing arrives: EVERGRANT_DATABASE_LISTEN_URL must lead to the server itself, not to a "
    "pooler in transaction mode.";
constexpr async::Backoff between_attempts{.first = std::chrono::milliseconds(100),
                                          .cap = std::chrono::milliseconds(5'000)};

/// Nothing, or why the connection is of no use.
std::string trouble_of(const WireAnswer& answer) {
    switch (answer.end) {
        case WireAnswer::End::done: return "";
        case WireAnswer::End::refused: return answer.error.state + " " + answer.error.message;
        case WireAnswer::End::lost: return answer.detail;
        case WireAnswer::End::late: break;
    }
    return "no answer in time";
}

}  // namespace

class PostgresNews::State : public std::enable_shared_from_this<State> {
public:
    State(boost::asio::io_context& context, PostgresNewsOptions options)
        : context_(context),
          options_(std::move(options)),
          connector_(context, WireSettings(options_.url, {options_.connect_timeout, options_.answer_timeout})),
          prober_(context, WireSettings(options_.url, {std::min(options_.connect_timeout, for_a_probe), for_a_probe})),
          instance_(crypto::SystemRandom().token()) {}

    void listen_with(Listener listener) { listener_ = std::move(listener); }
    void publish(const cache::News& news);
    [[nodiscard]] bool live() const noexcept { return live_; }

    /// Connects, listens and tells until it is cancelled.
    static async::Task<void> work(std::shared_ptr<State> self);

private:
    static async::Task<std::string> one_session(std::shared_ptr<State> self);
    static async::Task<std::string> begin(std::shared_ptr<State> self);
    static async::Task<std::string> tell_probe(std::shared_ptr<State> self, WireConnector* connector);
    static async::Task<std::string> wait_for_probe(std::shared_ptr<State> self);
    static async::Task<std::string> converse(std::shared_ptr<State> self);
    static async::Task<std::string> exchange(std::shared_ptr<State> self, std::vector<Statement> statements);
    static async::Task<std::string> tell_what_waits(std::shared_ptr<State> self);

    void hear();
    void wake();
    [[nodiscard]] std::vector<std::string> take_waiting();
    void put_back(std::vector<std::string> untold);

    /// Says that the connection is away however a session ends.
    struct Away {
        void operator()(State* state) const noexcept {
            state->live_ = false;
            state->connection_.reset();
        }
    };

    boost::asio::io_context& context_;
    const PostgresNewsOptions options_;
    WireConnector connector_;
    WireConnector prober_;
    const std::string instance_;  ///< before each message, to know our own by
    Listener listener_;
    crypto::SystemRandom random_;
    std::unique_ptr<WireConnection> connection_;
    unsigned failures_{0};
    std::string probe_;  ///< the message that is to arrive; empty: it has
    async::Deadline probe_at_{async::Deadline::never()};
    bool deaf_{false};  ///< and it has been said
    std::atomic<bool> live_{false};
    std::mutex mutex_;
    std::deque<std::string> waiting_;
    bool dropped_{false};  ///< something that nobody has been told of
    bool waking_{false};
};

PostgresNews::PostgresNews(async::Shard& shard, PostgresNewsOptions options)
    : shard_(shard), state_(std::make_shared<State>(shard.context(), std::move(options))) {}

PostgresNews::~PostgresNews() = default;

void PostgresNews::start(Listener listener) {
    state_->listen_with(std::move(listener));
    shard_.spawn("postgres-news", [state = state_] { return State::work(state); }, async::AtDrain::stop);
}

void PostgresNews::publish(cache::News news) {
    state_->publish(news);
}

bool PostgresNews::live() const noexcept {
    return state_->live();
}

void PostgresNews::State::publish(const cache::News& news) {
    bool first_dropped = false;
    bool first_to_wake = false;
    {
        const std::lock_guard lock(mutex_);
        if (waiting_.size() >= options_.queue_limit) {
            waiting_.pop_front();
            first_dropped = !std::exchange(dropped_, true);
        }
        waiting_.push_back(instance_ + " " + cache::to_text(news));
        first_to_wake = !std::exchange(waking_, true);
    }
    if (first_dropped)
        log(LogLevel::warning, "postgres_news_dropped", {{"queue", static_cast<std::int64_t>(options_.queue_limit)}});
    if (first_to_wake)
        boost::asio::post(context_, [self = shared_from_this()] { self->wake(); });
}

void PostgresNews::State::wake() {
    {
        const std::lock_guard lock(mutex_);
        waking_ = false;
    }
    if (connection_)
        connection_->interrupt();
}

async::Task<void> PostgresNews::State::work(std::shared_ptr<State> self) {
    while (true) {
        std::string trouble = co_await one_session(self);
        if (self->failures_ == 0)
            log(LogLevel::warning, "postgres_news_away", {{"error", trouble}});
        const auto pause = between_attempts.pause(self->failures_, self->random_.dice());
        ++self->failures_;
        co_await async::sleep_for(pause);
    }
}

/// Why it ended.
async::Task<std::string> PostgresNews::State::one_session(std::shared_ptr<State> self) {
    WireAttempt attempt = co_await self->connector_.connect();
    if (!attempt.connection)
        co_return std::move(attempt.trouble);
    self->connection_ = std::move(attempt.connection);
    const std::unique_ptr<State, Away> away_at_the_end(self.get());
    std::string trouble = co_await begin(self);
    if (trouble.empty()) {
        if (std::exchange(self->failures_, 0) > 0)
            log(LogLevel::info, "postgres_news_found", {{"server", attempt.host}});
        self->listener_(std::nullopt);
        self->live_ = true;
        trouble = co_await converse(self);
    } else {
        self->connector_.distrust();
    }
    co_return attempt.host + ": " + trouble;
}

/// Listens, and makes sure that something arrives. Nothing, or why it does not.
async::Task<std::string> PostgresNews::State::begin(std::shared_ptr<State> self) {
    std::vector<Statement> listening{Statement(listen)};
    std::string trouble = co_await exchange(self, std::move(listening));
    if (trouble.empty())
        trouble = co_await tell_probe(self, &self->connector_);
    if (trouble.empty())
        trouble = co_await wait_for_probe(self);
    co_return std::move(trouble);
}

// A pooler in transaction mode takes LISTEN and delivers nothing. Told through the same connection the probe might
// arrive all the same.
async::Task<std::string> PostgresNews::State::tell_probe(std::shared_ptr<State> self, WireConnector* connector) {
    self->probe_at_ = async::Deadline::after(self->options_.probe_every);
    WireAttempt attempt = co_await connector->connect();
    if (!attempt.connection)
        co_return std::move(attempt.trouble);
    self->probe_ = self->instance_ + " " + std::string(probe_word) + self->random_.token();
    const std::vector<Statement> statements{Statement(tell, self->probe_)};
    const auto deadline = async::Deadline::after(std::min(self->options_.answer_timeout, for_a_probe));
    const WireAnswer answer = co_await attempt.connection->run(statements, deadline, WireConnection::Naming::unnamed);
    co_return trouble_of(answer);
}

async::Task<std::string> PostgresNews::State::wait_for_probe(std::shared_ptr<State> self) {
    const auto until = async::Deadline::after(self->options_.answer_timeout);
    while (true) {
        if (!self->connection_->alive())
            co_return "the server ended the session";
        std::string trouble = co_await tell_what_waits(self);
        if (!trouble.empty())
            co_return std::move(trouble);
        self->hear();
        if (self->probe_.empty()) {
            self->deaf_ = false;
            co_return "";
        }
        if (until.passed())
            break;
        co_await self->connection_->wait(until);
    }
    if (!std::exchange(self->deaf_, true))
        log(LogLevel::error, "news_do_not_arrive", {{"error", how_to_hear}});
    co_return "news do not arrive";
}

async::Task<std::string> PostgresNews::State::converse(std::shared_ptr<State> self) {
    while (true) {
        if (!self->connection_->alive())
            co_return "the server ended the session";
        self->hear();
        std::string trouble = co_await tell_what_waits(self);
        if (!trouble.empty())
            co_return std::move(trouble);
        self->hear();
        if (self->probe_at_.passed()) {
            // Where no second connection is to be had nothing is known, and this one is kept.
            const std::string untold = co_await tell_probe(self, &self->prober_);
            if (untold.empty())
                trouble = co_await wait_for_probe(self);
            if (!trouble.empty())
                co_return std::move(trouble);
        }
        const auto until = async::Deadline::after(self->options_.silence);
        co_await self->connection_->wait(until);
        if (until.passed()) {
            std::vector<Statement> question{Statement(ask)};
            trouble = co_await exchange(self, std::move(question));
        }
        if (!trouble.empty())
            co_return std::move(trouble);
    }
}

async::Task<std::string> PostgresNews::State::exchange(std::shared_ptr<State> self, std::vector<Statement> statements) {
    const auto deadline = async::Deadline::after(self->options_.answer_timeout);
    const WireAnswer answer = co_await self->connection_->run(statements, deadline, WireConnection::Naming::unnamed);
    co_return trouble_of(answer);
}

async::Task<std::string> PostgresNews::State::tell_what_waits(std::shared_ptr<State> self) {
    std::string trouble;
    std::vector<std::string> messages = self->take_waiting();
    while (!messages.empty() && trouble.empty()) {
        std::vector<Statement> statements;
        for (const std::string& message : messages)
            statements.emplace_back(tell, message);
        trouble = co_await exchange(self, std::move(statements));
        if (!trouble.empty())
            self->put_back(std::move(messages));
        messages = self->take_waiting();
    }
    co_return std::move(trouble);
}

void PostgresNews::State::hear() {
    while (const auto payload = connection_->next_notification()) {
        const std::string_view text = *payload;
        if (text == probe_)
            probe_.clear();
        const std::size_t blank = text.find(' ');
        const std::string_view teller = text.substr(0, blank);
        const std::string_view word = blank == std::string_view::npos ? "" : text.substr(blank + 1);
        if (teller == instance_)
            continue;
        probe_at_ = async::Deadline::after(options_.probe_every);
        if (word.starts_with(probe_word))
            continue;
        const auto news = cache::parse_news(word);
        // Of a later version of ours, perhaps: then anything may have been said.
        if (!news && word != gap_word)
            log(LogLevel::debug, "news_not_understood");
        listener_(news);
    }
}

std::vector<std::string> PostgresNews::State::take_waiting() {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> taken;
    if (std::exchange(dropped_, false))
        taken.push_back(instance_ + " " + std::string(gap_word));
    const auto count = static_cast<std::ptrdiff_t>(std::min(waiting_.size(), most_at_a_time));
    taken.insert(taken.end(), std::make_move_iterator(waiting_.begin()),
                 std::make_move_iterator(waiting_.begin() + count));
    waiting_.erase(waiting_.begin(), waiting_.begin() + count);
    return taken;
}

void PostgresNews::State::put_back(std::vector<std::string> untold) {
    const std::lock_guard lock(mutex_);
    const std::size_t room = options_.queue_limit - std::min(options_.queue_limit, waiting_.size());
    const auto kept = static_cast<std::ptrdiff_t>(std::min(room, untold.size()));
    dropped_ = dropped_ || room < untold.size();
    waiting_.insert(waiting_.begin(), std::make_move_iterator(untold.end() - kept),
                    std::make_move_iterator(untold.end()));
}

}  // namespace evergrant::storage::postgres
