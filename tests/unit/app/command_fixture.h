#pragma once
//
// What commands need to run in a test: streams that are kept, a clock that stands still, and a server that is a script.
//
#include "app/run_command.h"
#include "temporary_folder.h"

#include <gtest/gtest.h>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <deque>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace evergrant::testing {

/// One request as it was sent.
struct SentRequest {
    std::string method;
    std::string url;
    std::string authorization;
    std::string body;
    net::Headers headers;
};

/// Answers in the order of the script; what is asked beyond it is answered as unreachable.
struct HttpScript {
    std::deque<Result<net::ClientAnswer>> answers;
    std::vector<SentRequest> sent;

    void answer(unsigned status, std::string body, net::Headers headers = {}) {
        answers.emplace_back(
            net::ClientAnswer{.status = status, .headers = std::move(headers), .body = std::move(body)});
    }
    void fail(Errc code, std::string message) { answers.emplace_back(failure(code, std::move(message))); }
};

class ScriptedHttp final : public net::HttpClient {
public:
    explicit ScriptedHttp(HttpScript& script) : script_(script) {}

    async::Task<Result<net::ClientAnswer>> send(net::ClientRequest request, async::Deadline) override {
        std::string authorization;
        for (const auto& [name, value] : request.headers) {
            if (name == "authorization")
                authorization = value;
        }
        script_.sent.push_back({request.method, request.url, authorization, request.body.reveal(), request.headers});
        if (script_.answers.empty())
            co_return failure(Errc::provider_unreachable, "The script has ended.");
        auto answer = std::move(script_.answers.front());
        script_.answers.pop_front();
        co_return answer;
    }

private:
    HttpScript& script_;
};

class CommandFixture : public ::testing::Test {
protected:
    /// Runs `evergrant <arguments>`; the exit status. What was printed is in `out` and `error`.
    int run(const std::vector<std::string>& arguments) {
        std::ostringstream out_stream;
        std::ostringstream error_stream;
        std::istringstream in_stream(in);
        app::CommandContext context{
            .out = out_stream,
            .error = error_stream,
            .in = in_stream,
            .environment = environment,
            .clock = clock,
            .random = random,
            .make_http = [this](boost::asio::io_context&) { return std::make_unique<ScriptedHttp>(http); },
            .serve =
                [this](const app::Configuration& configuration) {
                    served_on = configuration.listen.to_string();
                    return 0;
                },
            .usual_file = folder.path() / "evergrant.yaml",
            .poll_pause = std::chrono::milliseconds(0)};
        const int status = app::run_command_line(context, arguments);
        out = out_stream.str();
        error = error_stream.str();
        return status;
    }

    static constexpr const char* some_key = "00112233445566778899aabbccddeeff102132435465768798a9babbdcddeef0";

    TemporaryFolder folder;
    app::Environment environment;
    ManualClock clock{Instant(std::chrono::seconds(1'769'860'800))};
    crypto::SystemRandom random;
    HttpScript http;
    std::string served_on;
    std::string in;
    std::string out;
    std::string error;
};

}  // namespace evergrant::testing
