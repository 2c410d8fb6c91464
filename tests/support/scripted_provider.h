#pragma once
//
// For tests of what stands on HttpClient: a provider that answers as a test says, and remembers what it was asked.
//
#include "net/http_client.h"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace evergrant::testing {

/// What one request came to. Thread-safe; shared by the clients of all shards.
class ScriptedProvider {
public:
    using Answer = std::function<Result<net::ClientAnswer>(const net::ClientRequest&)>;

    std::atomic<bool> holds_answers{false};  ///< what is decided is not told yet

    void answers(Answer answer) {
        const std::lock_guard lock(mutex_);
        answer_ = std::move(answer);
    }

    /// Every request is answered alike.
    void answers(unsigned status, std::string body) {
        answers([status, body = std::move(body)](const net::ClientRequest&) {
            return Result<net::ClientAnswer>(
                net::ClientAnswer{.status = status, .headers = {{"content-type", "application/json"}}, .body = body});
        });
    }

    void fails(Errc code) {
        answers([code](const net::ClientRequest&) -> Result<net::ClientAnswer> {
            return failure(code, "The provider is away.");
        });
    }

    [[nodiscard]] Result<net::ClientAnswer> ask(const net::ClientRequest& request) {
        const std::lock_guard lock(mutex_);
        bodies_.push_back(request.body.reveal());
        urls_.push_back(request.url);
        return answer_(request);
    }

    [[nodiscard]] std::vector<std::string> bodies() const {
        const std::lock_guard lock(mutex_);
        return bodies_;
    }
    [[nodiscard]] std::vector<std::string> urls() const {
        const std::lock_guard lock(mutex_);
        return urls_;
    }
    [[nodiscard]] std::size_t requests() const { return bodies().size(); }

private:
    mutable std::mutex mutex_;
    Answer answer_;
    std::vector<std::string> bodies_;
    std::vector<std::string> urls_;
};

class ScriptedClient final : public net::HttpClient {
public:
    explicit ScriptedClient(ScriptedProvider& provider) : provider_(provider) {}

    async::Task<Result<net::ClientAnswer>> send(net::ClientRequest request, async::Deadline) override {
        auto answer = provider_.ask(request);
        while (provider_.holds_answers)
            co_await boost::asio::post(boost::asio::use_awaitable);
        co_return answer;
    }

private:
    ScriptedProvider& provider_;
};

}  // namespace evergrant::testing
