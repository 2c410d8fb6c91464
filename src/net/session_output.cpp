// What a session sends: answers written out, sent at once or bit by bit, and the end of the connection.
#include "base/log.h"
#include "net/server_state.h"
#include "net/session.h"

#include <stdexcept>

namespace evergrant::net {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::chrono::milliseconds time_to_hear_us{2000};  ///< for who still sends to read why it was refused

}  // namespace

void Session::append(const Response& response, std::string_view request_id, Persistence then) {
    std::string head;
    try {
        head = head_of(response);
    } catch (const std::invalid_argument& error) {
        return append_bug(error.what(), request_id, then);
    }
    head.append("X-Request-Id: ").append(request_id).append("\r\n");
    const bool head_only =
        parser_.outcome() == RequestParser::Outcome::complete && parser_.request().method == Method::head;
    ResponseBuffer(server_->output, server_->last_headers(then), head_only).append(head, response.body);
}

void Session::append_bug(std::string_view what, std::string_view request_id, Persistence then) {
    log(LogLevel::error, "request_failed", {{"request_id", request_id}, {"error", what}});
    const Error error{.code = Errc::internal_error, .message = "This server failed to answer; its log says why."};
    append(error_response(error, request_id), request_id, then);
}

void Session::refuse(const Error& error) {
    const std::string id = server_->next_request_id();
    append(error_response(error, id), id, Persistence::close);
    closes_ = true;
}

/// True if all of the output has been sent. Otherwise it will be, and `go_on` is called then.
bool Session::send() {
    std::string& output = server_->output;
    if (output.empty())
        return true;
    error_code error;
    const std::size_t count = socket_.write_some(asio::buffer(output), error);
    if (count == output.size())
        return true;
    if (error && error != asio::error::would_block) {
        close();
        return false;
    }
    unsent_.swap(output);
    sent_ = count;
    send_rest();
    return false;
}

void Session::send_rest() {
    await(State::writing, server_->options.write_timeout);
    socket_.async_write_some(
        asio::buffer(unsent_) + sent_,
        [self = boost::intrusive_ptr(this)](const error_code& error, std::size_t count) { self->sent(error, count); });
}

void Session::sent(const error_code& error, std::size_t count) {
    if (state_ == State::closed)
        return;
    if (error)
        return close();
    sent_ += count;
    if (sent_ < unsent_.size())
        return send_rest();
    unsent_ = std::string();
    go_on();
}

/// Says that nothing more will come and waits for the client to hear it: closing while it still sends would throw
/// away the answer before it is read.
void Session::linger() {
    error_code ignored;
    socket_.shutdown(asio::socket_base::shutdown_send, ignored);
    await(State::lingering, time_to_hear_us);
    discard();
}

void Session::discard() {
    socket_.async_read_some(asio::buffer(server_->discarded),
                            [self = boost::intrusive_ptr(this)](const error_code& error, std::size_t) {
                                if (self->state_ == State::closed)
                                    return;
                                error ? self->close() : self->discard();
                            });
}

}  // namespace evergrant::net
