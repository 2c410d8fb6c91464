#pragma once
//
// Session: one connection's life. Bytes in, requests to the handler, answers out, one after the other. An answer at
// once costs a receive and a send: no allocation, no timer, no coroutine. Private to net/.
//
#include "async/gate.h"
#include "net/request_parser.h"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/intrusive/list.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <string>
#include <string_view>

namespace evergrant::net {

class StreamedExchange;
struct ServerState;

/// How the connection goes on after an answer.
enum class Persistence : std::uint8_t { keep, close, keep_http_1_0 };

/// Who is at the other end.
struct Peer {
    std::string address;
    bool is_trusted_proxy{false};
};

/// What an exception that a handler let out says, for the log.
[[nodiscard]] std::string what_of(const std::exception_ptr& exception);

/// Thread: its shard's. Lifetime: kept by the operations it has under way.
class Session final
    : public boost::intrusive_ref_counter<Session, boost::thread_unsafe_counter>,
      public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    using Socket =
        boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, boost::asio::io_context::executor_type>;
    using Time = std::chrono::steady_clock::time_point;

    Session(std::shared_ptr<ServerState> server, Socket socket, async::Gate::Pass pass, Peer peer);
    ~Session();

    void start();

    /// If what is awaited is overdue: closes an idle connection, answers 408 to half a request, cuts off the rest.
    void check_time(Time now);

    /// Whether the client owes nothing and is owed nothing.
    [[nodiscard]] bool idle() const;

    /// Whether nothing more will be answered.
    [[nodiscard]] bool finished() const noexcept;

    [[nodiscard]] Time due() const noexcept { return due_; }

    /// Closes without a word.
    void close();

    /// Closes, and cancels the handler if one is at work.
    void abort();

private:
    friend class StreamedExchange;

    enum class State : std::uint8_t { reading, answering, writing, lingering, closed };

    void go_on();
    void read();
    void received(const boost::system::error_code& error, std::size_t count);

    [[nodiscard]] RequestView current_request() const;
    [[nodiscard]] Persistence persistence() const;
    bool answer_at_once();
    [[nodiscard]] bool is_too_busy() const;
    bool refuse_if_too_busy();
    void hand_over();
    void run_handler(Request request, async::Deadline deadline);
    void answered(const std::string& request_id, std::exception_ptr exception, const Response& response);
    void done_with_request(Persistence then);

    void run_stream(Request request);
    void streamed(const std::string& request_id, std::exception_ptr exception);

    void append(const Response& response, std::string_view request_id, Persistence then);
    void append_bug(std::string_view what, std::string_view request_id, Persistence then);
    void refuse(const Error& error);

    bool send();
    void send_rest();
    void sent(const boost::system::error_code& error, std::size_t count);
    void linger();
    void discard();
    void await(State state, std::chrono::milliseconds patience);

    std::shared_ptr<ServerState> server_;
    Socket socket_;
    async::Gate::Pass pass_;
    Peer peer_;
    RequestParser parser_;
    State state_{State::reading};
    RequestParser::Phase phase_{RequestParser::Phase::idle};  ///< what `due_` was set for, while reading
    Time due_{};
    bool is_late_{false};
    bool closes_{false};  ///< when what was answered so far has been sent
    std::string unsent_;
    std::size_t sent_{0};                         ///< of `unsent_`
    std::unique_ptr<StreamedExchange> exchange_;  ///< while a request is answered as a stream
    boost::asio::cancellation_signal cancel_;
};

using SessionList = boost::intrusive::list<Session, boost::intrusive::constant_time_size<false>>;

}  // namespace evergrant::net
