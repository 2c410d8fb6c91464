#include "net/session.h"

#include "async/on_behalf.h"
#include "base/log.h"
#include "base/trace_context.h"
#include "net/client_address.h"
#include "net/server_state.h"
#include "net/streamed_exchange.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace evergrant::net {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Outcome = RequestParser::Outcome;
using Phase = RequestParser::Phase;

constexpr std::size_t output_at_once = 64 * 1024;  ///< pipelined answers gathered before a send
constexpr std::string_view continue_line = "HTTP/1.1 100 Continue\r\n\r\n";

std::chrono::milliseconds patience_for(Phase phase, const ServerOptions& options) noexcept {
    switch (phase) {
        case Phase::idle: return options.idle_timeout;
        case Phase::header: return options.header_timeout;
        case Phase::body: return options.body_timeout;
    }
    std::unreachable();
}

Error too_busy() {
    return {.code = Errc::overloaded,
            .message = "The server has too much to do; try again shortly.",
            .retry_after = std::chrono::seconds(1)};
}

}  // namespace

std::string what_of(const std::exception_ptr& exception) {
    try {
        std::rethrow_exception(exception);
    } catch (const std::exception& error) {
        return error.what();
    } catch (...) {
        return "not a std::exception";
    }
}

Session::Session(std::shared_ptr<ServerState> server, Socket socket, async::Gate::Pass pass, Peer peer)
    : server_(std::move(server)),
      socket_(std::move(socket)),
      pass_(std::move(pass)),
      peer_(std::move(peer)),
      parser_({.header_bytes = server_->options.header_limit,
               .body_bytes = server_->options.body_limit,
               .handler = &server_->handler}) {
    server_->sessions.push_back(*this);
}

// The list belongs to `server_`, which goes before the hook does.
Session::~Session() {
    if (is_linked())
        unlink();
}

void Session::start() {
    error_code ignored;
    socket_.non_blocking(true, ignored);
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);  // a Unix socket has no delay
    read();
}

void Session::go_on() {
    while (state_ != State::closed) {
        bool needs_handler = false;
        server_->output.clear();
        while (parser_.outcome() == Outcome::complete && !closes_ && server_->output.size() < output_at_once) {
            needs_handler = !answer_at_once();
            if (needs_handler)
                break;
        }
        if (parser_.outcome() == Outcome::streaming && !closes_)
            needs_handler = !refuse_if_too_busy();
        if (parser_.outcome() == Outcome::refused && !closes_)
            refuse(parser_.refusal());
        if (!send())
            return;
        if (closes_)
            return linger();
        if (needs_handler)
            return hand_over();
        if (parser_.outcome() == Outcome::need_more)
            return read();
    }
}

void Session::read() {
    if (parser_.take_expect_continue()) {
        server_->output.assign(continue_line);
        if (!send())
            return;
    }
    const Phase phase = parser_.phase();
    if (phase == Phase::idle || phase != phase_)
        await(State::reading, patience_for(phase, server_->options));
    phase_ = phase;
    const auto room = parser_.room();
    socket_.async_read_some(asio::buffer(room.data(), room.size()),
                            [self = boost::intrusive_ptr(this)](const error_code& error, std::size_t count) {
                                self->received(error, count);
                            });
}

void Session::received(const error_code& error, std::size_t count) {
    if (state_ == State::closed)
        return;
    const bool was_late = std::exchange(is_late_, false);
    if (error && was_late) {
        server_->output.clear();
        refuse({.code = Errc::request_timeout, .message = "The request did not arrive in time."});
        if (send())
            linger();
        return;
    }
    if (error)
        return close();
    parser_.received(count);
    go_on();
}

RequestView Session::current_request() const {
    RequestView request = parser_.request();
    request.peer = peer_.address;
    request.from_trusted_proxy = peer_.is_trusted_proxy;
    if (peer_.is_trusted_proxy)
        request.peer = client_address(request.headers, peer_.address, server_->trusted_proxies);
    return request;
}

Persistence Session::persistence() const {
    if (!parser_.keep_alive() || server_->connections.closed())
        return Persistence::close;
    return parser_.is_http_1_0() ? Persistence::keep_http_1_0 : Persistence::keep;
}

/// False if the handler has to be waited for.
bool Session::answer_at_once() {
    const RequestView request = current_request();
    const Persistence then = persistence();
    const std::size_t before = server_->output.size();
    ResponseBuffer out(server_->output, server_->last_headers(then), request.method == Method::head);
    try {
        if (!server_->handler.answer_at_once(request, out)) {
            if (!is_too_busy())
                return false;
            const std::string id = server_->next_request_id();
            append(error_response(too_busy(), id), id, then);
        }
    } catch (...) {
        server_->output.resize(before);
        append_bug(what_of(std::current_exception()), server_->next_request_id(), then);
    }
    done_with_request(then);
    return true;
}

bool Session::is_too_busy() const {
    return server_->requests_in_flight >= server_->options.requests_in_flight_limit;
}

/// For a request whose body has not come: nothing after it can be read then.
bool Session::refuse_if_too_busy() {
    if (!is_too_busy())
        return false;
    refuse(too_busy());
    return true;
}

void Session::hand_over() {
    state_ = State::answering;
    ++server_->requests_in_flight;
    Request request(current_request(), server_->next_request_id());
    if (parser_.is_streamed()) {
        asio::post(server_->executor, [self = boost::intrusive_ptr(this), request = std::move(request)]() mutable {
            self->run_stream(std::move(request));
        });
        return;
    }
    const auto deadline = async::Deadline::after(server_->options.request_deadline);
    // Not from here: a handler that is done at once would call us back in the middle of ourselves.
    asio::post(server_->executor, [self = boost::intrusive_ptr(this), request = std::move(request),
                                   deadline]() mutable { self->run_handler(std::move(request), deadline); });
}

void Session::run_handler(Request request, async::Deadline deadline) {
    std::string request_id = request.request_id;
    const auto trace = TraceContext::parse(request.header("traceparent"));
    auto context = std::make_shared<const LogContext>(request_id, std::string(trace_id_of(trace)));
    auto done = [self = boost::intrusive_ptr(this), request_id](std::exception_ptr exception,
                                                                const Response& response) {
        self->answered(request_id, exception, response);
    };
    try {
        asio::co_spawn(async::on_behalf_of(std::move(context), server_->executor),
                       server_->handler.answer(std::move(request), deadline),
                       asio::bind_cancellation_slot(cancel_.slot(), std::move(done)));
    } catch (...) {
        answered(request_id, std::current_exception(), {});
    }
}

void Session::answered(const std::string& request_id, std::exception_ptr exception, const Response& response) {
    const LogScope next_request(nullptr);  // what comes from here on is no part of this one
    --server_->requests_in_flight;
    if (state_ == State::closed)
        return;
    const Persistence then = persistence();
    server_->output.clear();
    if (exception)
        append_bug(what_of(exception), request_id, then);
    else
        append(response, request_id, then);
    done_with_request(then);
    if (send())
        closes_ ? linger() : go_on();
}

void Session::done_with_request(Persistence then) {
    closes_ = then == Persistence::close;
    phase_ = Phase::idle;
    parser_.next();
}

void Session::await(State state, std::chrono::milliseconds patience) {
    state_ = state;
    // `now` may be old by a period.
    due_ = server_->now + patience + server_->options.sweep_period;
}

void Session::check_time(Time now) {
    if (state_ == State::answering && exchange_ && exchange_->is_late(now))
        return exchange_->end();
    if (now < due_ || state_ == State::closed || state_ == State::answering)
        return;
    if (state_ != State::reading || phase_ == Phase::idle)
        return abort();
    is_late_ = true;
    error_code ignored;
    socket_.cancel(ignored);
}

bool Session::idle() const {
    error_code ignored;
    return state_ == State::reading && phase_ == Phase::idle && socket_.available(ignored) == 0;
}

bool Session::finished() const noexcept {
    return state_ == State::lingering || state_ == State::closed;
}

void Session::close() {
    state_ = State::closed;
    error_code ignored;
    socket_.close(ignored);
}

void Session::abort() {
    error_code ignored;
    if (state_ == State::writing)  // nothing more is to be sent
        socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    close();
    cancel_.emit(asio::cancellation_type::terminal);
}

}  // namespace evergrant::net
