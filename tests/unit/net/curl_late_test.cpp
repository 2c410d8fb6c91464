#include "curl_client_fixture.h"
#include "tls_server.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cerrno>
#include <exception>
#include <functional>
#include <optional>
#include <stdexcept>
#include <thread>

namespace evergrant::net {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::TlsServer;

/// Listens and accepts nothing by itself; takes in little, so that what a client writes stays in the client's kernel.
class SlowReader {
public:
    SlowReader() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const int small = 4096;
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof(address);
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        if (::bind(socket_, generic, size) != 0 || ::listen(socket_, 8) != 0 ||
            ::getsockname(socket_, generic, &size) != 0)
            throw std::runtime_error("The slow reader cannot listen.");
        port_ = ntohs(address.sin_port);
    }
    ~SlowReader() { ::close(socket_); }
    SlowReader(const SlowReader&) = delete;
    SlowReader& operator=(const SlowReader&) = delete;

    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/token"; }

    /// Everything that the oldest connection brings, read only now.
    struct Read {
        std::size_t bytes{0};
        bool was_reset{false};
    };
    [[nodiscard]] Read read_at_last() const {
        const int peer = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
        Read result;
        char buffer[16 * 1024];
        for (;;) {
            const ssize_t got = ::recv(peer, buffer, sizeof(buffer), 0);
            if (got <= 0) {
                result.was_reset = got < 0 && errno == ECONNRESET;
                break;
            }
            result.bytes += static_cast<std::size_t>(got);
        }
        ::close(peer);
        return result;
    }

private:
    int socket_;
    unsigned short port_{0};
};

constexpr std::size_t more_than_the_reader_takes = 200'000;

class CurlLateTest : public CurlClientTest {
protected:
    /// Work that keeps the shard until after the deadline, as a stopped process would be kept.
    static void be_stopped_until_after(Deadline deadline) {
        std::this_thread::sleep_until(deadline.at() + milliseconds(5));
    }
};

TEST_F(CurlLateTest, nothing_written_arrives_after_the_deadline) {
    const SlowReader server;
    const auto answer = send(client_, post(server.url(), std::string(more_than_the_reader_takes, 'x')), short_time());

    const auto read = server.read_at_last();

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::provider_timeout);
    EXPECT_TRUE(read.was_reset);
    EXPECT_LT(read.bytes, more_than_the_reader_takes);
}

TEST_F(CurlLateTest, nothing_written_arrives_after_a_cancellation) {
    const SlowReader server;
    boost::asio::cancellation_signal cancel;
    bool cancelled = false;
    boost::asio::co_spawn(
        context_, client_.send(post(server.url(), std::string(more_than_the_reader_takes, 'x')), patient()),
        boost::asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr thrown, const Result<ClientAnswer>&) {
            cancelled = thrown != nullptr;
        }));
    boost::asio::steady_timer timer(context_, milliseconds(80));
    timer.async_wait([&](const boost::system::error_code&) { cancel.emit(boost::asio::cancellation_type::terminal); });
    context_.run();

    const auto read = server.read_at_last();

    EXPECT_TRUE(cancelled);
    EXPECT_TRUE(read.was_reset);
    EXPECT_LT(read.bytes, more_than_the_reader_takes);
}

TEST_F(CurlLateTest, nothing_written_arrives_after_the_client_has_gone) {
    const SlowReader server;
    std::optional<CurlClient> client(std::in_place, context_, dev_options());
    boost::asio::steady_timer timer(context_, milliseconds(80));
    timer.async_wait([&](const boost::system::error_code&) { client.reset(); });

    const auto answer = send(*client, post(server.url(), std::string(more_than_the_reader_takes, 'x')));
    const auto read = server.read_at_last();

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::provider_timeout);
    EXPECT_TRUE(read.was_reset);
}

TEST_F(CurlLateTest, a_process_stopped_while_it_connects_sends_nothing_when_it_wakes_too_late) {
    ScriptedServer server(answer_everything);
    const Deadline deadline = Deadline::after(milliseconds(50));
    // Before the first event of the new connection is looked at, the process stops.
    boost::asio::post(context_, [&] { boost::asio::post(context_, [&] { be_stopped_until_after(deadline); }); });

    const auto answer = send(client_, post(server.url()), deadline);
    server.stop();

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::provider_unreachable);
    EXPECT_THAT(answer.error().message, HasSubstr("nothing was sent"));
    EXPECT_THAT(server.requests(), IsEmpty());
}

TEST_F(CurlLateTest, a_process_stopped_during_the_handshake_sends_nothing_when_it_wakes_too_late) {
    const TlsServer server("IP:127.0.0.1");
    CurlOptions options = dev_options();
    options.ca_file = server.certificate();
    CurlClient client(context_, std::move(options));
    const Deadline deadline = Deadline::after(milliseconds(50));
    boost::asio::post(context_, [&] { boost::asio::post(context_, [&] { be_stopped_until_after(deadline); }); });

    const auto answer = send(client, post(server.url()), deadline);

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::provider_unreachable);
}

}  // namespace
}  // namespace evergrant::net
