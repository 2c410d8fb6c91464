#pragma once
//
// What the connections of one shard's server share. Private to net/.
//
#include "async/gate.h"
#include "net/http_server.h"
#include "net/network_set.h"
#include "net/session.h"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace evergrant::net {

/// Thread: the shard's.
struct ServerState {
    ServerState(async::Shard& owner, RequestHandler& answers, ServerOptions settings);

    /// Date and Connection headers and the empty line.
    [[nodiscard]] std::string_view last_headers(Persistence persistence) const noexcept {
        return last_headers_[static_cast<std::size_t>(persistence)];
    }

    /// A new request id: no two requests of all servers share one.
    [[nodiscard]] std::string next_request_id();

    /// Once a sweep period: renews the clock and the Date header, and lets connections that are overdue go.
    void sweep();

    /// Closes the connection that has been idle longest. False if none is idle.
    bool close_longest_idle();

    using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                    boost::asio::wait_traits<std::chrono::steady_clock>,
                                                    boost::asio::io_context::executor_type>;
    using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol,
                                                        boost::asio::io_context::executor_type>;

    ServerOptions options;
    RequestHandler& handler;
    boost::asio::io_context::executor_type executor;
    NetworkSet trusted_proxies;
    bool trusts_unix_peers{false};
    Acceptor acceptor;
    Timer sweep_timer;
    async::Gate connections;
    SessionList sessions;
    std::string output;                         ///< where answers are written out; used within one call
    std::array<char, 16 * 1024> discarded;      ///< what nobody wants to read
    std::chrono::steady_clock::time_point now;  ///< as of the last sweep
    std::size_t requests_in_flight{0};
    bool accepts{false};  ///< whether an accept is under way

private:
    void write_last_headers();

    std::array<std::string, 3> last_headers_;
    std::string id_prefix_;
    std::uint64_t last_id_{0};
};

}  // namespace evergrant::net
