#include "net/streamed_exchange.h"

#include "async/on_behalf.h"
#include "base/log.h"
#include "base/trace_context.h"
#include "net/server_state.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <charconv>
#include <stdexcept>
#include <utility>

namespace evergrant::net {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Outcome = RequestParser::Outcome;

constexpr std::string_view continue_line = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::string_view last_chunk = "0\r\n\r\n";
constexpr std::size_t output_kept = 128 * 1024;

bool may_have_body(unsigned status) noexcept {
    constexpr unsigned no_content = 204;
    constexpr unsigned not_modified = 304;
    return status != no_content && status != not_modified;
}

std::unexpected<Error> client_left() {
    return failure(Errc::cancelled, "The client has left, or is too slow.");
}

void append_chunk_size(std::string& output, std::size_t size) {
    constexpr int hexadecimal = 16;
    std::array<char, hexadecimal> digits{};
    const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), size, hexadecimal);
    output.append(digits.data(), written.ptr).append("\r\n");
}

}  // namespace

async::Task<Result<std::string>> StreamedExchange::read() {
    constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);
    RequestParser& parser = session_.parser_;
    for (;;) {
        std::string piece = parser.take_body();
        if (parser.outcome() == Outcome::refused)
            over_ = true;
        if (over_ || stopped_reading_)
            co_return client_left();
        if (!piece.empty() || parser.outcome() == Outcome::complete)
            co_return piece;
        ask_for_body();
        if (over_)
            co_return client_left();
        const auto room = parser.room();
        const asio::mutable_buffer buffer(room.data(), room.size());
        read_due_ =
            session_.server_->now + session_.server_->options.body_timeout + session_.server_->options.sweep_period;
        reads_ = true;
        const auto [error, count] = co_await session_.socket_.async_read_some(buffer, no_throw);
        reads_ = false;
        if (!error)
            parser.received(count);
        if (stopped_reading_)
            co_return client_left();
        over_ = over_ || error;
    }
}

// At once or not at all: an answer may begin while this would wait, and who is not asked sends the body all the same.
void StreamedExchange::ask_for_body() {
    if (begun_ || !session_.parser_.take_expect_continue())
        return;
    error_code error;
    const std::size_t sent = session_.socket_.write_some(asio::buffer(continue_line), error);
    const bool is_part = sent != 0 && sent != continue_line.size();
    over_ = over_ || is_part || (error && error != asio::error::would_block);
}

void StreamedExchange::stop_reading() {
    stopped_reading_ = true;
    error_code ignored;
    if (reads_)
        session_.socket_.cancel(ignored);
}

void StreamedExchange::end() {
    over_ = true;
    error_code ignored;
    session_.socket_.cancel(ignored);
}

Result<void> StreamedExchange::begin(ResponseHead head) {
    choose_framing(head);
    Response response;
    response.status = head.status;
    response.headers = std::move(head.headers);
    std::string text;
    try {
        text = head_without_length(response);
    } catch (const std::invalid_argument& error) {
        return failure(Errc::internal_error, "The head of the answer cannot be sent.", error.what());
    }
    text.append("X-Request-Id: ").append(request_id_).append("\r\n");
    if (may_have_body(head.status) && head.length)
        text.append("Content-Length: ").append(std::to_string(*head.length)).append("\r\n");
    else if (framing_ == Framing::chunked)
        text.append("Transfer-Encoding: chunked\r\n");
    text.append(session_.server_->last_headers(then_));
    output_.append(text);
    begun_ = true;
    return {};
}

void StreamedExchange::choose_framing(const ResponseHead& head) {
    then_ = session_.persistence();
    framing_ = Framing::none;
    length_left_ = head.length.value_or(0);
    if (head_only_ || !may_have_body(head.status))
        return;
    if (head.length)
        framing_ = Framing::length;
    else
        framing_ = session_.parser_.is_http_1_0() ? Framing::until_close : Framing::chunked;
    if (framing_ == Framing::until_close)
        then_ = Persistence::close;
}

void StreamedExchange::frame(std::string_view piece, bool last) {
    switch (framing_) {
        case Framing::none: return;
        case Framing::until_close: output_.append(piece); return;
        case Framing::length:
            output_.append(piece);
            length_left_ -= piece.size();
            return;
        case Framing::chunked:
            if (!piece.empty()) {
                append_chunk_size(output_, piece.size());
                output_.append(piece).append("\r\n");
            }
            if (last)
                output_.append(last_chunk);
            return;
    }
}

async::Task<Result<void>> StreamedExchange::write(std::string piece, bool last) {
    // More than was said, or less, would make the next answer unreadable.
    const bool breaks_length =
        framing_ == Framing::length && (piece.size() > length_left_ || (last && piece.size() != length_left_));
    if (!begun_ || finished_ || breaks_length)
        over_ = true;
    if (over_)
        co_return client_left();
    frame(piece, last);
    const auto sent = co_await send_all();
    finished_ = sent && last;
    co_return sent;
}

async::Task<Result<void>> StreamedExchange::send_all() {
    constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);
    error_code error;
    std::size_t sent = output_.empty() ? 0 : session_.socket_.write_some(asio::buffer(output_), error);
    if (error == asio::error::would_block)
        error = {};
    while (!error && sent < output_.size()) {
        write_due_ =
            session_.server_->now + session_.server_->options.write_timeout + session_.server_->options.sweep_period;
        writes_ = true;
        const auto rest = asio::buffer(output_) + sent;
        const auto [failed, count] = co_await session_.socket_.async_write_some(rest, no_throw);
        writes_ = false;
        error = failed;
        sent += count;
    }
    output_.clear();
    if (output_.capacity() > output_kept)
        output_.shrink_to_fit();
    over_ = over_ || error;
    if (over_)
        co_return client_left();
    co_return Result<void>();
}

void Session::run_stream(Request request) {
    std::string request_id = request.request_id;
    const auto trace = TraceContext::parse(request.header("traceparent"));
    auto context = std::make_shared<const LogContext>(request_id, std::string(trace_id_of(trace)));
    exchange_ = std::make_unique<StreamedExchange>(*this, request_id, request.method == Method::head);
    auto done = [self = boost::intrusive_ptr(this), request_id](std::exception_ptr exception) {
        self->streamed(request_id, exception);
    };
    try {
        asio::co_spawn(async::on_behalf_of(std::move(context), server_->executor),
                       server_->handler.answer_stream(std::move(request), exchange_.get()),
                       asio::bind_cancellation_slot(cancel_.slot(), std::move(done)));
    } catch (...) {
        streamed(request_id, std::current_exception());
    }
}

void Session::streamed(const std::string& request_id, std::exception_ptr exception) {
    const LogScope next_request(nullptr);
    --server_->requests_in_flight;
    const auto exchange = std::move(exchange_);
    if (state_ == State::closed)
        return;
    server_->output.clear();
    const bool body_came = parser_.outcome() == Outcome::complete;
    if (exchange->finished()) {
        const Persistence then = body_came ? exchange->persistence() : Persistence::close;
        if (!body_came)
            return linger();
        done_with_request(then);
        return closes_ ? linger() : go_on();
    }
    if (exchange->begun()) {
        // A reset: to who reads until the connection closes, an orderly end would say that all has come.
        error_code ignored;
        socket_.set_option(asio::socket_base::linger(true, 0), ignored);
        return abort();
    }
    append_bug(exception ? what_of(exception) : "a streamed request was not answered", request_id, Persistence::close);
    closes_ = true;
    if (send())
        linger();
}

}  // namespace evergrant::net
