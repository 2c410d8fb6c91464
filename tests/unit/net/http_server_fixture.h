#pragma once
//
// For tests of the HTTP server: one that runs on a thread of its own, and a handler whose answers follow the path.
//
#include "loopback_client.h"
#include "net/http_server.h"

#include <gmock/gmock.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <atomic>
#include <future>
#include <optional>
#include <semaphore>
#include <stdexcept>

namespace evergrant::net {

using testing::LoopbackClient;

inline std::string get(std::string_view path, std::string_view headers = {}) {
    return "GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\n";
}

/// /now is answered at once; /later, /echo and so on by coroutine; /held when the test lets it go.
class ScriptedHandler final : public RequestHandler {
public:
    explicit ScriptedHandler(async::Shard& shard) : released_(shard.executor()) {}

    bool answer_at_once(const RequestView& request, ResponseBuffer& out) override {
        if (request.path == "/throws-at-once")
            throw std::runtime_error("a bug at once");
        if (request.path != "/now")
            return false;
        out.append(prepared_);
        return true;
    }

    async::Task<Response> answer(Request request, async::Deadline deadline) override {
        if (request.path == "/throws-before")
            throw std::runtime_error("a bug before the coroutine");
        return answer_later(std::move(request), deadline);
    }

    /// From any thread: lets the request to /held be answered.
    void release() { released_.send(true); }

    std::binary_semaphore held{0};  ///< signalled when a request to /held has arrived
    std::atomic<bool> held_was_cancelled{false};
    std::atomic<bool> held_was_answered{false};

private:
    async::Task<Response> answer_later(Request request, async::Deadline deadline) {
        if (request.path == "/throws")
            throw std::runtime_error("a bug with a secret in it");
        if (request.path == "/splits")
            co_return Response{.headers = {{"Location", "/a\r\nSet-Cookie: b"}}};
        if (request.path == "/empty")
            co_return Response{.status = 204};
        if (request.path == "/large")
            co_return json_response(200, std::string(8 * 1024 * 1024, 'l'));
        if (request.path == "/held")
            co_await hold();
        if (deadline.passed())
            co_return Response{.status = 504};
        co_return json_response(200, request.method_name + " " + request.path + "?" + request.query + " " +
                                         std::string(request.header("x-test")) + " " + request.peer +
                                         (request.from_trusted_proxy ? " trusted " : " ") + request.body);
    }

    async::Task<void> hold() {
        held.release();
        try {
            co_await released_.receive();
            held_was_answered = true;
        } catch (const boost::system::system_error&) {
            held_was_cancelled = true;
            throw;
        }
    }

    PreparedResponse prepared_ = prepare(json_response(200, R"({"now":true})"));
    async::OneShot<bool> released_;
};

/// A server on a thread of its own. Options may be changed before `start`.
class HttpServerTest : public ::testing::Test {
protected:
    void start() {
        server_.emplace(shards_[0], handler_, options_);
        server_->start();
        shards_.start();
    }

    void TearDown() override {
        if (server_)
            shards_.stop(async::Deadline::after(std::chrono::seconds(10)));
    }

    LoopbackClient connect() { return LoopbackClient(server_->port()); }

    std::string ask(std::string_view request, bool has_body = true) {
        LoopbackClient client = connect();
        client.send(request);
        return client.answer(has_body);
    }

    std::future<bool> drain(std::chrono::milliseconds budget) {
        auto draining = [this, budget] { return server_->drain(async::Deadline::after(budget)); };
        return boost::asio::co_spawn(shards_[0].context(), draining, boost::asio::use_future);
    }

    /// Runs `look` on the server's thread.
    template <class Look>
    auto on_shard(Look look) {
        return boost::asio::post(shards_[0].context(), boost::asio::use_future(look)).get();
    }

    ServerOptions options_{.host = "127.0.0.1", .sweep_period = std::chrono::milliseconds(10)};
    async::Shards shards_{1};
    ScriptedHandler handler_{shards_[0]};
    std::optional<HttpServer> server_;
};

}  // namespace evergrant::net
