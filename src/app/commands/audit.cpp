#include "app/commands/audit.h"

#include "app/commands/audit_file.h"
#include "async/sleep.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <ostream>
#include <ranges>

namespace evergrant::app {

namespace {

constexpr std::uint32_t most_at_once = 1000;

std::string path_of(const AuditChoice& choice, std::uint32_t limit, const std::string& cursor) {
    std::string path = "/api/audit?limit=" + std::to_string(limit);
    for (const auto& [name, value] :
         {std::pair("tenant", &choice.tenant), std::pair("integration", &choice.integration),
          std::pair("action", &choice.action), std::pair("actor", &choice.actor), std::pair("outcome", &choice.outcome),
          std::pair("from", &choice.from), std::pair("to", &choice.to), std::pair("cursor", &cursor)})
        if (!value->empty())
            path += std::string("&") + name + "=" + percent_encoded(*value);
    return path;
}

std::string text_in(const boost::json::object& row, std::string_view name) {
    const auto* value = row.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::uint64_t number_in(const boost::json::object& row, std::string_view name) {
    const auto* value = row.if_contains(name);
    boost::system::error_code error;
    return value == nullptr ? 0 : value->to_number<std::uint64_t>(error);
}

const boost::json::array* events_in(const boost::json::object& answer) {
    const auto* events = answer.if_contains("events");
    return events != nullptr && events->is_array() ? &events->get_array() : nullptr;
}

void print_row(std::ostream& out, const boost::json::object& row, bool as_json) {
    if (as_json) {
        out << boost::json::serialize(row) << '\n';
        return;
    }
    const std::string actor = text_in(row, "actor");
    const std::string integration = text_in(row, "integration");
    out << text_in(row, "at") << "  " << text_in(row, "outcome") << "  " << text_in(row, "action") << "  "
        << text_in(row, "tenant");
    if (!integration.empty())
        out << '/' << integration;
    out << "  by " << (actor.empty() ? "nobody known" : actor) << "  " << text_in(row, "address") << "  "
        << text_in(row, "detail") << '\n';
}

ExitCode no_events(CommandContext& context) {
    return report(context, ExitCode::failed, "The server's answer holds no events.");
}

}  // namespace

async::Task<ExitCode> tail_audit(CommandContext* context, RemoteServer* server, const AuditTail* order) {
    std::uint64_t seen = 0;
    std::uint32_t count = std::min(order->count, most_at_once);
    for (;;) {
        std::string path = path_of(order->choice, std::max(count, 1U), "");
        const auto answer = co_await server->get(std::move(path));
        if (!answer)
            co_return report(*context, answer.error());
        const auto* events = events_in(*answer);
        if (events == nullptr)
            co_return no_events(*context);
        for (const auto& row : *events | std::views::reverse) {
            if (!row.is_object() || number_in(row.get_object(), "sequence") <= seen)
                continue;
            seen = number_in(row.get_object(), "sequence");
            print_row(context->out, row.get_object(), order->as_json);
        }
        context->out.flush();
        if (!order->follow)
            co_return ExitCode::ok;
        count = most_at_once;
        co_await async::sleep_for(context->poll_pause);
    }
}

async::Task<ExitCode> export_audit(CommandContext* context, RemoteServer* server, const AuditExport* order) {
    std::string cursor;
    do {
        std::string path = path_of(order->choice, most_at_once, cursor);
        const auto answer = co_await server->get(std::move(path));
        if (!answer)
            co_return report(*context, answer.error());
        const auto* events = events_in(*answer);
        if (events == nullptr)
            co_return no_events(*context);
        for (const auto& row : *events)
            context->out << boost::json::serialize(row) << '\n';
        cursor = text_in(*answer, "nextCursor");
    } while (!cursor.empty());
    co_return ExitCode::ok;
}

async::Task<ExitCode> verify_audit(CommandContext* context, RemoteServer* server, const AuditVerify* order) {
    if (!order->checkpoint.empty()) {
        auto kept = read_checkpoint(order->checkpoint);
        if (!kept)
            co_return report(*context, ExitCode::usage, kept.error());
        const auto judged = co_await server->post("/api/audit/checkpoint", std::move(*kept));
        if (!judged)
            co_return report(*context, judged.error());
        const std::string verdict = text_in(*judged, "verdict");
        if (verdict != "stands" && verdict != "removed")
            co_return report(*context, ExitCode::failed,
                             "The log does not agree with the checkpoint: " + verdict + ".");
        context->error << (verdict == "stands" ? "The checkpoint stands.\n"
                                               : "The checkpoint is older than what is kept.\n");
    }
    std::string cursor;
    std::uint64_t rows = 0;
    do {
        std::string path = "/api/audit/verify";
        if (!cursor.empty())
            path += "?cursor=" + percent_encoded(cursor);
        const auto answer = co_await server->get(std::move(path));
        if (!answer)
            co_return report(*context, answer.error());
        const auto* broken = answer->if_contains("brokenAt");
        if (broken == nullptr)
            co_return report(*context, ExitCode::failed, "The server's answer is not that of a check.");
        if (!broken->is_null())
            co_return report(
                *context, ExitCode::failed,
                "The log is broken at " + boost::json::serialize(*broken) + ": " + text_in(*answer, "reason"));
        rows += number_in(*answer, "rows");
        cursor = text_in(*answer, "nextCursor");
    } while (!cursor.empty());
    context->out << rows << " events are as they were written.\n";
    co_return ExitCode::ok;
}

async::Task<ExitCode> print_checkpoint(CommandContext* context, RemoteServer* server) {
    const auto answer = co_await server->get("/api/audit/checkpoint");
    if (!answer)
        co_return report(*context, answer.error());
    context->out << boost::json::serialize(*answer) << '\n';
    co_return ExitCode::ok;
}

}  // namespace evergrant::app
