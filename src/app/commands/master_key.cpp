#include "app/commands/master_key.h"

#include "async/sleep.h"

#include <boost/json/serialize.hpp>

#include <ostream>

namespace evergrant::app {

namespace {

std::string text_in(const boost::json::object& body, std::string_view name) {
    const auto* value = body.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

bool is_true(const boost::json::object& body, std::string_view name) {
    const auto* value = body.if_contains(name);
    return value != nullptr && value->is_bool() && value->get_bool();
}

/// Nothing: the answer does not say.
std::optional<std::uint64_t> remaining_in(const boost::json::object& body) {
    const auto* value = body.if_contains("remaining");
    boost::system::error_code error;
    const auto number = value == nullptr ? 0 : value->to_number<std::uint64_t>(error);
    return value == nullptr || error ? std::nullopt : std::optional(number);
}

}  // namespace

async::Task<ExitCode> rotate_master_key(CommandContext* context, RemoteServer* server, const KeysRotateMaster* order) {
    boost::json::object nothing;
    auto answer = co_await server->post("/api/keys/master/rotate", std::move(nothing));
    for (;;) {
        if (!answer)
            co_return report(*context, answer.error());
        const auto remaining = remaining_in(*answer);
        if (!remaining)
            co_return report(*context, ExitCode::failed, "The server's answer does not tell what is left.");
        const std::string failure = text_in(*answer, "failure");
        const bool running = is_true(*answer, "running");
        if (!running && !failure.empty())
            co_return report(*context, ExitCode::failed, failure);
        if (order->no_wait || (*remaining == 0 && !running)) {
            context->out << text_in(*answer, "message") << '\n';
            co_return ExitCode::ok;
        }
        context->error << *remaining << " data keys are left.\n";
        co_await async::sleep_for(context->poll_pause);
        if (running) {
            answer = co_await server->get("/api/keys/master");
        } else {  // another replica answers, or this one was restarted
            boost::json::object again;
            answer = co_await server->post("/api/keys/master/rotate", std::move(again));
        }
    }
}

}  // namespace evergrant::app
