#pragma once
//
// Where Redis (or Valkey) is and how to speak with it, as `REDIS_URL` says it. Pure: connecting is redis_dialer.h.
//
#include "async/sleep.h"
#include "base/error.h"
#include "base/secret.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::net {

/// A host and port, or the path of a Unix socket.
struct RedisEndpoint {
    std::string host;
    std::uint16_t port{6379};
    std::string path;  ///< not empty: a Unix socket, and host and port mean nothing

    /// `host:port` or the path; for logs.
    [[nodiscard]] std::string text() const;

    friend bool operator==(const RedisEndpoint&, const RedisEndpoint&) = default;
};

struct RedisOptions {
    enum class Topology : std::uint8_t {
        single,    ///< one server, or one name that leads to the one that counts
        sentinel,  ///< sentinels name the master and appoint another when it is lost
        cluster,   ///< keys are spread over several masters
    };
    Topology topology{Topology::single};
    std::vector<RedisEndpoint> endpoints;  ///< the server; or the sentinels; or some nodes of the cluster. Never empty
    std::string master_name;               ///< with sentinels: what they call the group

    std::string user;  ///< empty: the default user
    SecretString password;
    unsigned database{0};

    bool tls{false};      ///< the server's certificate is always verified, with its name
    std::string ca_file;  ///< PEM; the only roots that are trusted. Empty: the system's

    std::chrono::milliseconds connect_timeout{1'000};  ///< to one server: name, connection, TLS and login together
    /// So long may a server say nothing while an answer is due; then the connection is given up. An idle one is asked
    /// for a sign of life as often, so a silent death is found within twice this. > 0
    std::chrono::milliseconds silence_limit{1'000};
    async::Backoff backoff{.first = std::chrono::milliseconds(50), .cap = std::chrono::milliseconds(2'000)};
    std::size_t max_in_flight{1'024};             ///< commands of one connection that wait for their answers
    std::size_t answer_limit{4UL * 1024 * 1024};  ///< bytes of one answer; a longer one ends the connection
};

/// Reads
///   redis://[user[:password]@]host[:port][/database]
///   redis+sentinel://[user:password@]host[:port][,host[:port]…]/master-name[/database]
///   redis+cluster://[user:password@]host[:port][,host[:port]…]
///   unix:///path/to/socket
/// with `rediss` instead of `redis` for TLS. `:password@` names a password alone. User and password are
/// percent-encoded. Errors: invalid_request, one sentence that repeats nothing of the URL.
[[nodiscard]] Result<RedisOptions> parse_redis_url(std::string_view url);

}  // namespace evergrant::net
