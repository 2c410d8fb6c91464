#pragma once
//
// HTTP server: HTTP/1.1 and 1.0 over plain TCP (TLS ends at the proxy in front), one HttpServer for each shard. All
// shards of a process listen on one port, and the kernel spreads connections over them. What is answered is
// http_message.h's.
//
#include "async/deadline.h"
#include "async/shard.h"
#include "net/http_message.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::net {

struct ServerOptions {
    std::string host{"0.0.0.0"};  ///< an address or a name of this machine
    std::uint16_t port{0};        ///< 0: any free one, see HttpServer::port
    bool joins{false};            ///< whether another shard of this process listens on that port already
    std::string unix_path{};      ///< not empty: listens on a Unix socket there, in place of host and port

    std::size_t header_limit{16 * 1024};         ///< bytes of request line and headers; more is a 431
    std::size_t body_limit{1024 * 1024};         ///< bytes of a request's body; more is a 413
    std::size_t connection_limit{8192};          ///< for each shard; above it the longest idle connection has to go
    std::size_t requests_in_flight_limit{1024};  ///< for each shard, not counting answers at once; more is a 503

    std::chrono::milliseconds idle_timeout{60'000};    ///< between requests; the connection is closed
    std::chrono::milliseconds header_timeout{10'000};  ///< from a request's first byte; then 408
    std::chrono::milliseconds body_timeout{30'000};    ///< from the end of the headers; then 408
    std::chrono::milliseconds write_timeout{30'000};   ///< for the client to take more of an answer; then it is cut off
    std::chrono::milliseconds request_deadline{35'000};  ///< what handlers are given
    std::chrono::milliseconds sweep_period{1'000};       ///< time-outs are late by up to two of these, never early

    /// Addresses or networks (10.0.0.0/8) whose X-Forwarded-* is believed, or `unix` for who comes by a Unix socket.
    std::vector<std::string> trusted_proxies{};
};

/// The address of who comes by a Unix socket.
inline constexpr std::string_view unix_peer = "unix";

struct ServerState;

/// Thread: its shard's, except that it may be built before the shard runs.
/// Lifetime: `shard` and `handler` outlive it. Drain it before it goes: what is under way is cut off otherwise.
class HttpServer {
public:
    /// Listens. Throws boost::system::system_error if that cannot be, and std::invalid_argument for a trusted proxy
    /// that is no address. Unless it joins, a port that anyone else listens on is refused, even if the kernel would
    /// let two share it.
    HttpServer(async::Shard& shard, RequestHandler& handler, ServerOptions options);
    /// Accepts from the same Unix socket as `first`, which outlives it.
    HttpServer(async::Shard& shard, RequestHandler& handler, ServerOptions options, const HttpServer& first);
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] std::size_t connections() const noexcept;
    [[nodiscard]] std::size_t requests_in_flight() const noexcept;

    /// Begins to accept.
    void start();

    /// Stops accepting, closes idle connections, lets requests under way finish and tells their clients to close.
    /// What is not done by `deadline` is cancelled. True if everything finished by itself.
    [[nodiscard]] async::Task<bool> drain(async::Deadline deadline);

private:
    std::shared_ptr<ServerState> state_;
    std::uint16_t port_{0};
    std::string made_;  ///< the Unix socket's path that goes with this server
};

}  // namespace evergrant::net
