#pragma once
//
// For tests of connectors: a provider's API that gives the answers a test has put in line, and remembers what it was
// asked.
//
#include "connectors/provider_api.h"

#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace evergrant::testing {

/// Thread: one.
class ScriptedApi final : public connectors::ProviderApi {
public:
    using Answer = std::function<Result<connectors::ApiAnswer>(const connectors::ApiRequest&)>;

    /// The next request that has no answer yet gets this one.
    ScriptedApi& answers(unsigned status, std::string body = {}, net::Headers headers = {}) {
        if (!body.empty())
            headers.emplace_back("content-type", "application/json");
        connectors::ApiAnswer answer{.status = status, .headers = std::move(headers), .body = std::move(body)};
        return answers([answer = std::move(answer)](const connectors::ApiRequest&) {
            return Result<connectors::ApiAnswer>(answer);
        });
    }
    ScriptedApi& answers(Answer answer) {
        answers_.push_back(std::move(answer));
        return *this;
    }
    ScriptedApi& fails(Errc code, std::string message = "The provider is away.") {
        return answers([code, message = std::move(message)](const connectors::ApiRequest&) {
            return Result<connectors::ApiAnswer>(failure(code, message));
        });
    }

    /// What answers when the line is empty; without it that is an internal_error.
    void otherwise(Answer answer) { otherwise_ = std::move(answer); }

    [[nodiscard]] async::Task<Result<connectors::ApiAnswer>> send(connectors::ApiRequest request) override {
        requests_.push_back(request);
        Answer answer = otherwise_;
        if (!answers_.empty()) {
            answer = std::move(answers_.front());
            answers_.pop_front();
        }
        if (!answer)
            co_return failure(Errc::internal_error,
                              "The test has no answer to " + request.method + " " + request.target + ".");
        co_return answer(request);
    }

    [[nodiscard]] const std::vector<connectors::ApiRequest>& requests() const noexcept { return requests_; }
    [[nodiscard]] const connectors::ApiRequest& request(std::size_t at) const { return requests_.at(at); }
    /// How many answers nobody has asked for.
    [[nodiscard]] std::size_t unasked() const noexcept { return answers_.size(); }

private:
    std::deque<Answer> answers_;
    Answer otherwise_;
    std::vector<connectors::ApiRequest> requests_;
};

}  // namespace evergrant::testing
