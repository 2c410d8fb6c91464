#include "app/commands/alerts.h"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <ostream>

namespace evergrant::app {

namespace {

std::string text_of(const boost::json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

bool was_delivered(const boost::json::value& row) {
    const auto* delivered = row.is_object() ? row.get_object().if_contains("delivered") : nullptr;
    return delivered != nullptr && delivered->is_bool() && delivered->get_bool();
}

void print_rows(std::ostream& out, const boost::json::array& rows) {
    for (const boost::json::value& row : rows) {
        if (!row.is_object())
            continue;
        const std::string error = text_of(row.get_object(), "error");
        out << text_of(row.get_object(), "channel") << ": " << (was_delivered(row) ? "delivered" : error) << '\n';
    }
}

}  // namespace

async::Task<ExitCode> test_alerts(CommandContext* context, RemoteServer* server, const AlertsTest* order) {
    boost::json::object nothing;
    const auto answer = co_await server->post("/api/alerts/test", std::move(nothing));
    if (!answer)
        co_return report(*context, answer.error());
    const auto* channels = answer->if_contains("channels");
    if (channels == nullptr || !channels->is_array())
        co_return report(*context, ExitCode::failed, "The server's answer holds no channels.");
    const boost::json::array& rows = channels->get_array();
    if (order->as_json)
        context->out << boost::json::serialize(*answer) << '\n';
    else
        print_rows(context->out, rows);
    if (rows.empty())
        co_return report(*context, ExitCode::failed, "No channel is configured; docs/alerts.md says how.");
    co_return std::ranges::all_of(rows, was_delivered) ? ExitCode::ok : ExitCode::failed;
}

}  // namespace evergrant::app
