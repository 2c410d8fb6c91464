#include "net/redis_stream.h"

#include "async/one_shot.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace evergrant::net {

namespace asio = boost::asio;

namespace {

using Socket = asio::generic::stream_protocol::socket;
using Endpoint = asio::generic::stream_protocol::endpoint;
using TlsSocket = asio::ssl::stream<Socket>;

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

std::unexpected<Error> unreachable(const RedisEndpoint& endpoint, const std::string& why) {
    return failure(Errc::provider_unreachable, "Redis cannot be reached.", endpoint.text() + ": " + why);
}

template <class Layer>
class StreamOver final : public RedisStream {
public:
    explicit StreamOver(Layer layer) : layer_(std::move(layer)) {}

    async::Task<Result<std::size_t>> read_some(std::span<char> into) override {
        const auto buffer = asio::buffer(into.data(), into.size());
        const auto [problem, size] = co_await layer_.async_read_some(buffer, no_throw);
        if (problem)
            co_return failure(Errc::provider_error, "The connection to Redis has ended.", problem.message());
        co_return size;
    }

    void write(std::string_view bytes, std::function<void(bool)> done) override {
        asio::async_write(layer_, asio::buffer(bytes.data(), bytes.size()),
                          [done = std::move(done)](boost::system::error_code problem, std::size_t) { done(!problem); });
    }

    void close() noexcept override {
        boost::system::error_code ignored;
        layer_.lowest_layer().close(ignored);
    }

private:
    Layer layer_;
};

/// getaddrinfo cannot be called off; who waits for it can leave.
async::Task<Result<std::vector<Endpoint>>> look_up(RedisEndpoint endpoint) {
    using Found = Result<std::vector<Endpoint>>;
    const auto executor = co_await asio::this_coro::executor;
    boost::system::error_code not_numeric;
    const auto address = asio::ip::make_address(endpoint.host, not_numeric);
    if (!not_numeric)
        co_return std::vector<Endpoint>(1, asio::ip::tcp::endpoint(address, endpoint.port));
    const async::OneShot<Found> outcome(executor);
    const auto resolver = std::make_shared<asio::ip::tcp::resolver>(executor);
    resolver->async_resolve(
        endpoint.host, std::to_string(endpoint.port),
        [outcome, resolver, endpoint](boost::system::error_code problem, asio::ip::tcp::resolver::results_type found) {
            if (problem)
                return outcome.send(unreachable(endpoint, problem.message()));
            std::vector<Endpoint> endpoints;
            for (const auto& entry : found)
                endpoints.emplace_back(entry.endpoint());
            outcome.send(std::move(endpoints));
        });
    co_return co_await outcome.receive();
}

async::Task<Result<std::vector<Endpoint>>> addresses_of(RedisEndpoint endpoint) {
    if (!endpoint.path.empty())
        co_return std::vector<Endpoint>(1, asio::local::stream_protocol::endpoint(endpoint.path));
    co_return co_await look_up(std::move(endpoint));
}

async::Task<Result<Socket>> connect_socket(RedisEndpoint endpoint) {
    const auto executor = co_await asio::this_coro::executor;
    const auto addresses = co_await addresses_of(endpoint);
    if (!addresses)
        co_return std::unexpected(addresses.error());
    boost::system::error_code last;
    for (const Endpoint& address : *addresses) {
        Socket socket(executor);
        const auto [problem] = co_await socket.async_connect(address, no_throw);
        last = problem;
        if (problem)
            continue;
        boost::system::error_code ignored;  // a Unix socket has no such option
        socket.set_option(asio::ip::tcp::no_delay(true), ignored);
        co_return std::move(socket);
    }
    co_return unreachable(endpoint, last.message());
}

bool is_address(const std::string& host) {
    boost::system::error_code problem;
    asio::ip::make_address(host, problem);
    return !problem;
}

}  // namespace

std::shared_ptr<asio::ssl::context> make_redis_tls(const RedisOptions& options) {
    if (!options.tls)
        return nullptr;
    auto tls = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
    ::SSL_CTX_set_min_proto_version(tls->native_handle(), TLS1_2_VERSION);
    boost::system::error_code problem;
    if (options.ca_file.empty())
        tls->set_default_verify_paths(problem);
    else
        tls->load_verify_file(options.ca_file, problem);
    if (problem)
        throw std::runtime_error("the CA file for Redis cannot be read: " + problem.message());
    tls->set_verify_mode(asio::ssl::verify_peer);
    return tls;
}

async::Task<Result<std::unique_ptr<RedisStream>>> connect_redis(RedisEndpoint endpoint,
                                                                std::shared_ptr<asio::ssl::context> tls) {
    auto socket = co_await connect_socket(endpoint);
    if (!socket)
        co_return std::unexpected(std::move(socket).error());
    if (!tls)
        co_return std::make_unique<StreamOver<Socket>>(std::move(*socket));
    TlsSocket secured(std::move(*socket), *tls);
    if (!is_address(endpoint.host)) {
        // SSL_set_tlsext_host_name, without the cast of C in that macro.
        ::SSL_ctrl(secured.native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                   endpoint.host.data());
    }
    secured.set_verify_callback(asio::ssl::host_name_verification(endpoint.host));
    const auto [problem] = co_await secured.async_handshake(asio::ssl::stream_base::client, no_throw);
    if (problem)
        co_return unreachable(endpoint, problem.message());
    co_return std::make_unique<StreamOver<TlsSocket>>(std::move(secured));
}

}  // namespace evergrant::net
