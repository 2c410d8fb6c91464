#include "health/slack_channel.h"

#include "health/alert_routing.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <utility>

namespace evergrant::health {

namespace {

std::string escaped(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c == '&')
            result += "&amp;";
        else if (c == '<')
            result += "&lt;";
        else if (c == '>')
            result += "&gt;";
        else
            result += c;
    }
    return result;
}

}  // namespace

std::string slack_body(const AlertMessage& message) {
    boost::json::object body;
    body["text"] = escaped(plain_text(message));
    return boost::json::serialize(body);
}

std::string_view SlackChannel::name() const noexcept {
    return channel::slack;
}

async::Task<Result<void>> SlackChannel::send(AlertMessage message, async::Deadline deadline) {
    net::ClientRequest request;
    request.url = url_.reveal();
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = SecretString(slack_body(message));
    const auto answer = co_await http_.send(std::move(request), deadline);
    co_return taken(answer);
}

}  // namespace evergrant::health
