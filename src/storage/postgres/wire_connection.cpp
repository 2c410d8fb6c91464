#include "storage/postgres/wire_connection.h"

#include "base/log.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <libpq-fe.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace evergrant::storage::postgres {

namespace {

constexpr int answer_in_text = 0;

/// A name that says which SQL it stands for, the same on every connection and in every process: a pooler may show one
/// session's statements to another.
std::string name_for(std::string_view sql) {
    std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
    for (const char character : sql)
        hash = (hash ^ static_cast<unsigned char>(character)) * 0x100000001b3;
    std::array<char, 16> digits{};
    const auto [end, failed] = std::to_chars(digits.data(), digits.data() + digits.size(), hash, 16);
    return std::string("eg_").append(digits.data(), end);
}

/// libpq prints notices on standard error unless told otherwise.
void log_notice(void*, const PGresult* notice) {
    const char* const text = ::PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY);
    log(LogLevel::debug, "postgres_notice", {{"message", text != nullptr ? text : ""}});
}

std::string field(const PGresult* result, int code) {
    const char* const value = ::PQresultErrorField(result, code);
    return value != nullptr ? value : "";
}

/// A statement's values as libpq wants them.
struct Arguments {
    explicit Arguments(const Statement& statement) {
        for (const Statement::Value& value : statement.values()) {
            pointers.push_back(value.bytes ? value.bytes->data() : nullptr);
            lengths.push_back(value.bytes ? static_cast<int>(value.bytes->size()) : 0);
            formats.push_back(value.binary ? 1 : 0);
        }
    }
    [[nodiscard]] int count() const { return static_cast<int>(pointers.size()); }

    std::vector<const char*> pointers;
    std::vector<int> lengths;
    std::vector<int> formats;
};

}  // namespace

/// The socket in Asio's eyes, and what ends a wait on it. Handlers own it, so that they may come after the connection.
struct WireConnection::Watch {
    explicit Watch(boost::asio::io_context& context) : socket(context), alarm(context) {}

    void wake() {
        woken = true;
        alarm.cancel();
    }

    boost::asio::posix::stream_descriptor socket;
    boost::asio::steady_timer alarm;
    unsigned epoch{0};  ///< of the socket: libpq changes it while it connects
    bool reading{false};
    bool writing{false};
    bool readable{false};
    bool writable{false};
    bool woken{false};
};

struct WireConnection::Progress {
    struct Step {
        std::size_t statement;
        std::string prepares;  ///< the name; empty: the statement itself
    };
    WireAnswer answer;
    std::vector<Step> steps;
    std::size_t step{0};
    unsigned ends_in_a_row{0};
    bool refused{false};
    bool over{false};
    bool broken{false};
};

void WireConnection::Finish::operator()(pg_conn* connection) const noexcept {
    ::PQfinish(connection);
}

WireConnection::WireConnection(boost::asio::io_context& context) : watch_(std::make_shared<Watch>(context)) {}

WireConnection::~WireConnection() {
    if (busy_)
        drop();
    detach();
}

async::Task<std::optional<std::string>> WireConnection::open(WireParameters parameters, async::Deadline deadline) {
    busy_ = true;
    start(parameters);
    PostgresPollingStatusType wanted = PGRES_POLLING_WRITING;
    if (!connection_ || ::PQstatus(connection_.get()) == CONNECTION_BAD)
        co_return error_text();
    while (wanted != PGRES_POLLING_OK) {
        attach();
        watch_for(wanted == PGRES_POLLING_READING, wanted == PGRES_POLLING_WRITING);
        // libpq takes a socket that is not ready for one that is.
        while (!dropped_ && !watch_->readable && !watch_->writable && !deadline.passed())
            co_await wait_on_watch(deadline);
        const bool ready = watch_->readable || watch_->writable;
        if (dropped_)
            co_return "closed";
        if (!ready) {
            drop();
            co_return "no answer in time";
        }
        detach();
        wanted = ::PQconnectPoll(connection_.get());
        if (wanted == PGRES_POLLING_FAILED)
            co_return error_text();
    }
    attach();
    ::PQsetnonblocking(connection_.get(), 1);
    ::PQenterPipelineMode(connection_.get());
    busy_ = false;
    co_return std::nullopt;
}

void WireConnection::start(const WireParameters& parameters) {
    std::vector<const char*> keywords;
    std::vector<const char*> values;
    for (const auto& [keyword, value] : parameters) {
        keywords.push_back(keyword.c_str());
        values.push_back(value.c_str());
    }
    keywords.push_back(nullptr);
    values.push_back(nullptr);
    connection_.reset(::PQconnectStartParams(keywords.data(), values.data(), 0));
    if (connection_)
        ::PQsetNoticeReceiver(connection_.get(), &log_notice, nullptr);
}

void WireConnection::attach() {
    detach();
    watch_->socket.assign(::PQsocket(connection_.get()));
}

void WireConnection::detach() noexcept {
    ++watch_->epoch;
    watch_->reading = watch_->writing = watch_->readable = watch_->writable = false;
    if (watch_->socket.is_open())
        watch_->socket.release();
}

void WireConnection::watch_for(bool reading, bool writing) {
    using Socket = boost::asio::posix::stream_descriptor;
    if (reading && !watch_->reading) {
        watch_->reading = true;
        watch_->socket.async_wait(Socket::wait_read, [watch = watch_, epoch = watch_->epoch](auto) {
            if (epoch != watch->epoch)
                return;
            watch->reading = false;
            watch->readable = true;
            watch->wake();
        });
    }
    if (writing && !watch_->writing) {
        watch_->writing = true;
        watch_->socket.async_wait(Socket::wait_write, [watch = watch_, epoch = watch_->epoch](auto) {
            if (epoch != watch->epoch)
                return;
            watch->writing = false;
            watch->writable = true;
            watch->wake();
        });
    }
}

async::Task<void> WireConnection::wait_on_watch(async::Deadline until) {
    constexpr auto no_throw = boost::asio::as_tuple(boost::asio::use_awaitable);
    const std::shared_ptr<Watch> watch = watch_;
    if (!watch->woken) {
        watch->alarm.expires_at(until.at());
        co_await watch->alarm.async_wait(no_throw);
    }
    watch->woken = false;
}

async::Task<void> WireConnection::wait(async::Deadline until) {
    if (dropped_)
        co_return;
    watch_for(true, false);
    co_await wait_on_watch(until);
}

void WireConnection::interrupt() {
    watch_->wake();
}

async::Task<WireAnswer> WireConnection::run(std::span<const Statement> statements, async::Deadline deadline,
                                            Naming naming) {
    Progress progress;
    if (!alive()) {
        progress.answer.detail = error_text();
        co_return std::move(progress.answer);
    }
    busy_ = true;
    progress.answer.sent = true;
    progress.broken = !enqueue(statements, naming, progress);
    while (!progress.broken && !progress.over) {
        const int unsent = ::PQflush(connection_.get());
        watch_for(true, unsent == 1);
        co_await wait_on_watch(deadline);
        if (dropped_)
            break;
        progress.broken = !take_in();
        take_results(progress);
        if (!progress.over && !progress.broken && deadline.passed()) {
            progress.answer.end = WireAnswer::End::late;
            drop();
            co_return std::move(progress.answer);
        }
    }
    busy_ = false;
    if (progress.refused)
        progress.answer.end = WireAnswer::End::refused;
    else if (progress.over)
        progress.answer.end = WireAnswer::End::done;
    else
        progress.answer.detail = error_text();
    co_return std::move(progress.answer);
}

bool WireConnection::enqueue(std::span<const Statement> statements, Naming naming, Progress& progress) {
    for (std::size_t index = 0; index < statements.size(); ++index) {
        const Statement& statement = statements[index];
        const bool sent = naming == Naming::named ? send_named(statement, index, progress) : send_unnamed(statement);
        if (!sent)
            return false;
        progress.steps.push_back({index, {}});
    }
    return ::PQpipelineSync(connection_.get()) != 0;
}

bool WireConnection::send_named(const Statement& statement, std::size_t index, Progress& progress) {
    const std::string name = name_for(statement.sql());
    const auto is_same = [&](const Progress::Step& step) { return step.prepares == name; };
    if (!prepared_.contains(name) && std::ranges::none_of(progress.steps, is_same)) {
        if (::PQsendPrepare(connection_.get(), name.c_str(), std::string(statement.sql()).c_str(), 0, nullptr) == 0)
            return false;
        progress.steps.push_back({index, name});
    }
    const Arguments arguments(statement);
    return ::PQsendQueryPrepared(connection_.get(), name.c_str(), arguments.count(), arguments.pointers.data(),
                                 arguments.lengths.data(), arguments.formats.data(), answer_in_text) != 0;
}

bool WireConnection::send_unnamed(const Statement& statement) {
    const Arguments arguments(statement);
    return ::PQsendQueryParams(connection_.get(), std::string(statement.sql()).c_str(), arguments.count(), nullptr,
                               arguments.pointers.data(), arguments.lengths.data(), arguments.formats.data(),
                               answer_in_text) != 0;
}

bool WireConnection::take_in() {
    if (::PQconsumeInput(connection_.get()) == 0)
        return false;
    // TLS may hold what the socket no longer shows.
    auto* const tls = static_cast<SSL*>(::PQsslStruct(connection_.get(), "OpenSSL"));
    while (tls != nullptr && ::SSL_pending(tls) > 0) {
        if (::PQconsumeInput(connection_.get()) == 0)
            return false;
    }
    return ::PQstatus(connection_.get()) == CONNECTION_OK;
}

void WireConnection::take_results(Progress& progress) {
    constexpr unsigned more_ends_than_any_result_has = 4;
    while (!progress.over && ::PQisBusy(connection_.get()) == 0) {
        if (PGresult* const result = ::PQgetResult(connection_.get())) {
            progress.ends_in_a_row = 0;
            take_result(result, progress);
            continue;
        }
        ++progress.step;
        if (++progress.ends_in_a_row >= more_ends_than_any_result_has ||
            ::PQstatus(connection_.get()) != CONNECTION_OK) {
            progress.broken = true;
            return;
        }
    }
}

void WireConnection::take_result(pg_result* owned, Progress& progress) {
    Rows rows(owned);
    const bool of_statement = progress.step < progress.steps.size() && progress.steps[progress.step].prepares.empty();
    switch (::PQresultStatus(owned)) {
        case PGRES_PIPELINE_SYNC: progress.over = true; return;
        case PGRES_COMMAND_OK:
        case PGRES_TUPLES_OK:
            if (of_statement)
                progress.answer.rows.push_back(std::move(rows));
            else if (progress.step < progress.steps.size())
                prepared_.insert(progress.steps[progress.step].prepares);
            return;
        case PGRES_PIPELINE_ABORTED: return;
        case PGRES_FATAL_ERROR: {
            // An error without a state is libpq's own: the connection is gone.
            std::string state = field(owned, PG_DIAG_SQLSTATE);
            if (progress.refused || state.empty())
                return;
            progress.refused = true;
            if (progress.step < progress.steps.size())
                progress.answer.refused_at = progress.steps[progress.step].statement;
            else
                progress.answer.refused_at = progress.steps.size();
            progress.answer.error = {.state = std::move(state),
                                     .message = field(owned, PG_DIAG_MESSAGE_PRIMARY),
                                     .fatal = field(owned, PG_DIAG_SEVERITY_NONLOCALIZED) != "ERROR"};
            return;
        }
        default: progress.broken = true; return;
    }
}

bool WireConnection::alive() {
    // A server that ends a session sends a last word; what tells that it has gone is the end that comes behind it.
    return !dropped_ && connection_ && take_in() && take_in();
}

std::optional<std::string> WireConnection::next_notification() {
    if (dropped_)
        return std::nullopt;
    const std::unique_ptr<PGnotify, decltype(&::PQfreemem)> notification(::PQnotifies(connection_.get()), &::PQfreemem);
    if (!notification)
        return std::nullopt;
    return std::string(notification->extra);
}

void WireConnection::drop() noexcept {
    if (dropped_)
        return;
    dropped_ = true;
    busy_ = false;
    detach();
    const int socket = connection_ ? ::PQsocket(connection_.get()) : -1;
    if (socket >= 0) {
        // PQfinish would push out what libpq still holds; after the shutdown it cannot, and the close is a reset.
        const linger at_once{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
        ::shutdown(socket, SHUT_RDWR);
    }
    connection_.reset();
    watch_->wake();
}

std::string WireConnection::error_text() const {
    if (dropped_ || !connection_)
        return "closed";
    const std::string text = ::PQerrorMessage(connection_.get());
    return text.empty() ? "the server closed the connection" : text;
}

}  // namespace evergrant::storage::postgres
