#include "net/http_server.h"

#include "base/log.h"
#include "net/server_state.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace evergrant::net {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Local = asio::local::stream_protocol;
using Endpoint = asio::generic::stream_protocol::endpoint;
using boost::system::error_code;
using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

constexpr std::chrono::seconds time_to_notice_cancellation{2};

tcp::endpoint resolve(asio::io_context& context, const ServerOptions& options) {
    tcp::resolver resolver(context);
    return *resolver.resolve(options.host, std::to_string(options.port), tcp::resolver::passive).begin();
}

/// Throws if anyone listens on `endpoint`, even a process that would let us share it.
void check_nobody_listens(asio::io_context& context, const tcp::endpoint& endpoint) {
    tcp::acceptor alone(context, endpoint.protocol());
    alone.set_option(asio::socket_base::reuse_address(true));
    alone.bind(endpoint);
    alone.listen();
}

using boost::system::system_error;

void listen(ServerState::Acceptor& acceptor, const tcp::endpoint& endpoint) {
    acceptor.open(asio::generic::stream_protocol(endpoint.protocol()));
    acceptor.set_option(asio::socket_base::reuse_address(true));
    acceptor.set_option(ReusePort(true));
    acceptor.bind(endpoint);
    acceptor.listen(asio::socket_base::max_listen_connections);
    acceptor.non_blocking(true);
}

/// A socket that a process left behind when it was killed goes; one that somebody listens on stays, and throws.
void remove_left_socket(asio::io_context& context, const Local::endpoint& endpoint) {
    struct stat found{};
    if (::lstat(endpoint.path().c_str(), &found) != 0 || !S_ISSOCK(found.st_mode))
        return;
    Local::socket probe(context);
    error_code error;
    probe.connect(endpoint, error);
    if (error == asio::error::connection_refused)
        ::unlink(endpoint.path().c_str());
}

void listen(asio::io_context& context, ServerState::Acceptor& acceptor, const std::string& path) {
    if (path.size() >= sizeof(sockaddr_un::sun_path))
        throw system_error(asio::error::name_too_long);
    const Local::endpoint endpoint(path);
    remove_left_socket(context, endpoint);
    acceptor.open(asio::generic::stream_protocol(endpoint.protocol()));
    acceptor.bind(endpoint);
    constexpr mode_t owner_and_group = S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP;
    if (::chmod(path.c_str(), owner_and_group) != 0)
        throw system_error(errno, boost::system::system_category());
    acceptor.listen(asio::socket_base::max_listen_connections);
    acceptor.non_blocking(true);
}

Peer peer_of(const ServerState& state, const asio::generic::stream_protocol::endpoint& from) {
    if (from.protocol().family() == AF_UNIX)
        return {.address = std::string(unix_peer), .is_trusted_proxy = state.trusts_unix_peers};
    tcp::endpoint endpoint;
    std::memcpy(endpoint.data(), from.data(), std::min(from.size(), endpoint.capacity()));
    endpoint.resize(from.size());
    const asio::ip::address address = unmapped(endpoint.address());
    return {.address = address.to_string(), .is_trusted_proxy = state.trusted_proxies.contains(address)};
}

/// One try to say why, without waiting.
void turn_away(ServerState& state, Session::Socket socket) {
    const Error error{.code = Errc::overloaded,
                      .message = "The server has too many connections; try again shortly.",
                      .retry_after = std::chrono::seconds(1)};
    const PreparedResponse prepared = prepare(error_response(error, state.next_request_id()));
    state.output.clear();
    ResponseBuffer(state.output, state.last_headers(Persistence::close), false).append(prepared);
    error_code ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(state.output), ignored);
}

void take_in(const std::shared_ptr<ServerState>& state, Session::Socket socket, const Endpoint& from) {
    const bool is_full = state->connections.inside() >= state->options.connection_limit;
    if (is_full && !state->close_longest_idle())
        return turn_away(*state, std::move(socket));
    auto pass = state->connections.enter();
    if (!pass)
        return;
    const boost::intrusive_ptr session(new Session(state, std::move(socket), std::move(*pass), peer_of(*state, from)));
    session->start();
}

void accept_next(const std::shared_ptr<ServerState>& state) {
    state->accepts = true;
    auto from = std::make_shared<Endpoint>();
    state->acceptor.async_accept(*from, [state, from](const error_code& error, Session::Socket socket) {
        if (error == asio::error::operation_aborted || !state->acceptor.is_open())
            return;
        state->accepts = !error || error == asio::error::connection_aborted;
        if (!error)
            take_in(state, std::move(socket), *from);
        if (state->accepts)
            return accept_next(state);
        // Out of descriptors or memory: the next sweep tries again.
        log(LogLevel::error, "accept_failed", {{"error", error.message()}});
    });
}

void sweep_later(const std::shared_ptr<ServerState>& state) {
    state->sweep_timer.expires_after(state->options.sweep_period);
    state->sweep_timer.async_wait([state](const error_code& stopped) {
        if (stopped)
            return;
        state->sweep();
        if (!state->accepts && state->acceptor.is_open())
            accept_next(state);
        sweep_later(state);
    });
}

/// Takes in who has connected already; then nobody else can.
void stop_accepting(const std::shared_ptr<ServerState>& state) {
    error_code error;
    while (!error && state->acceptor.is_open()) {
        Endpoint from;
        Session::Socket socket(state->executor);
        state->acceptor.accept(socket, from, error);
        if (!error)
            take_in(state, std::move(socket), from);
    }
    state->acceptor.close(error);
}

template <class Act>
void for_each_session(ServerState& state, Act act) {
    for (auto next = state.sessions.begin(); next != state.sessions.end();) {
        const boost::intrusive_ptr<Session> session(&*next++);
        act(*session);
    }
}

}  // namespace

HttpServer::HttpServer(async::Shard& shard, RequestHandler& handler, ServerOptions options)
    : state_(std::make_shared<ServerState>(shard, handler, std::move(options))) {
    if (!state_->options.unix_path.empty()) {
        listen(shard.context(), state_->acceptor, state_->options.unix_path);
        made_ = state_->options.unix_path;
        return;
    }
    const tcp::endpoint endpoint = resolve(shard.context(), state_->options);
    if (endpoint.port() != 0 && !state_->options.joins)
        check_nobody_listens(shard.context(), endpoint);
    listen(state_->acceptor, endpoint);
    Endpoint bound = state_->acceptor.local_endpoint();
    tcp::endpoint local;
    std::memcpy(local.data(), bound.data(), std::min(bound.size(), local.capacity()));
    port_ = local.port();
}

HttpServer::HttpServer(async::Shard& shard, RequestHandler& handler, ServerOptions options, const HttpServer& first)
    : state_(std::make_shared<ServerState>(shard, handler, std::move(options))) {
    const int shared = ::fcntl(first.state_->acceptor.native_handle(), F_DUPFD_CLOEXEC, 0);
    if (shared < 0)
        throw system_error(errno, boost::system::system_category());
    state_->acceptor.assign(asio::generic::stream_protocol(Local()), shared);
    state_->acceptor.non_blocking(true);
}

HttpServer::~HttpServer() {
    error_code ignored;
    if (!made_.empty())
        ::unlink(made_.c_str());
    state_->acceptor.close(ignored);
    state_->sweep_timer.cancel();
    for_each_session(*state_, [](Session& session) { session.abort(); });
}

std::size_t HttpServer::connections() const noexcept {
    return state_->connections.inside();
}

std::size_t HttpServer::requests_in_flight() const noexcept {
    return state_->requests_in_flight;
}

void HttpServer::start() {
    state_->sweep();  // sets the clock, which may be old by now
    accept_next(state_);
    sweep_later(state_);
}

async::Task<bool> HttpServer::drain(async::Deadline deadline) {
    const std::shared_ptr<ServerState> state = state_;
    stop_accepting(state);
    state->connections.close();
    for_each_session(*state, [](Session& session) {
        if (session.idle())
            session.close();
    });
    co_await state->connections.wait_until_empty(deadline);
    std::int64_t unfinished = 0;
    for_each_session(*state, [&](Session& session) {
        unfinished += session.finished() ? 0 : 1;
        session.abort();
    });
    if (unfinished != 0)
        log(LogLevel::warning, "connections_cut_off", {{"count", unfinished}});
    co_await state->connections.wait_until_empty(async::Deadline::after(time_to_notice_cancellation));
    state->sweep_timer.cancel();
    co_return unfinished == 0;
}

}  // namespace evergrant::net
