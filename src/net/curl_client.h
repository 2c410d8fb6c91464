#pragma once
//
// CurlClient: outgoing HTTP over libcurl's multi interface on the shard's io_context. One for each shard; it keeps
// connections open and uses them again. Code that sends takes an HttpClient (http_client.h) and never sees this.
//
#include "net/egress_guard.h"
#include "net/http_client.h"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace evergrant::net {

struct CurlOptions {
    EgressGuard egress{EgressPolicy{}};  ///< asked about each URL and about each address before it is called
    std::chrono::milliseconds connect_timeout{10'000};  ///< name, connection and TLS together; > 0
    std::chrono::seconds idle_limit{60};                ///< a connection idle for longer is not used again; >= 1 s

    /// The same for requests that are not repeatable. Shorter than the 5 s after which common servers close an idle
    /// connection, since one that closes just when the request arrives leaves open whether it counted. >= 1 s
    std::chrono::seconds idle_limit_when_presented_once{3};

    std::size_t max_connections{256};  ///< requests beyond wait for one until their deadline
    std::size_t max_per_host{32};
    std::size_t headers_limit{64 * 1024};  ///< bytes of an answer's header section, interim answers included
    std::string user_agent{"evergrant"};
    std::string ca_file;  ///< PEM; the only roots that are trusted. Empty: the system's

    /// PEM files of the certificate, with its chain, and the private key that requests `with_client_certificate` show.
    /// Empty: there is none, and such a request is refused.
    std::string client_certificate;
    std::string client_key;

    /// `http://proxy.example:3128`, perhaps with credentials. Empty: none, whatever the environment says. A proxy
    /// resolves the names of what is called: the egress guard then sees the URLs and the proxy's address, and the
    /// rest is the proxy's to refuse.
    SecretString proxy;
    std::vector<std::string> no_proxy;  ///< hosts, and their subdomains, that are called without it; `*`: all
    bool proxy_may_be_private{false};   ///< the proxy's own address is not put before the egress guard
};

/// TLS is at least 1.2 and always verified; cookies, netrc, redirects and the environment's proxies are off.
/// Thread: the one that runs `context`.
/// Lifetime: `context` outlives the client; the client may go while requests are under way: they end as unreachable
/// or timed out, by whether they had been sent.
class CurlClient final : public HttpClient {
public:
    /// Throws std::runtime_error when libcurl cannot be used.
    CurlClient(boost::asio::io_context& context, CurlOptions options);
    ~CurlClient() override;
    CurlClient(const CurlClient&) = delete;
    CurlClient& operator=(const CurlClient&) = delete;

    [[nodiscard]] async::Task<Result<ClientAnswer>> send(ClientRequest request, async::Deadline deadline) override;

private:
    std::shared_ptr<const CurlOptions> options_;
    std::shared_ptr<class CurlMulti> multi_;
};

}  // namespace evergrant::net
