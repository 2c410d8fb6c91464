// The least a read can cost: one shard that answers every request with one prepared JSON text. read_cost.sh compares
// it with nginx. Prints its port; ends on SIGTERM or SIGINT.
#include "async/shard.h"
#include "net/http_server.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/signal_set.hpp>

#include <chrono>
#include <cstdio>
#include <exception>
#include <string>

namespace {

using namespace evergrant;

constexpr std::size_t body_size = 900;

class FixedAnswer final : public net::RequestHandler {
public:
    FixedAnswer() {
        std::string body = R"({"success":true,"accessToken":")";
        body.append(body_size - body.size() - 2, 'x').append("\"}");
        answer_ = net::prepare(net::json_response(200, std::move(body)));
    }

    bool answer_at_once(const net::RequestView&, net::ResponseBuffer& out) override {
        out.append(answer_);
        return true;
    }

    async::Task<net::Response> answer(net::Request, async::Deadline) override { co_return net::Response{}; }

private:
    net::PreparedResponse answer_;
};

}  // namespace

int main() {
    async::Shard shard(0);
    FixedAnswer handler;
    net::HttpServer server(shard, handler, {.host = "127.0.0.1"});
    server.start();
    std::printf("%u\n", unsigned{server.port()});
    std::fflush(stdout);

    boost::asio::signal_set signals(shard.context(), SIGTERM, SIGINT);
    signals.async_wait([&](const boost::system::error_code&, int) {
        auto drained = server.drain(async::Deadline::after(std::chrono::seconds(1)));
        boost::asio::co_spawn(shard.context(), std::move(drained), [](std::exception_ptr, bool) {});
    });
    shard.context().run();
}
