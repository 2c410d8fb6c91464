#include "app/commands/revoke.h"

#include "async/sleep.h"

#include <algorithm>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace evergrant::app {

namespace {

constexpr int page_size = 200;
constexpr unsigned most_tries = 5;
constexpr std::size_t progress_every = 100;

struct Wanted {
    std::string tenant;
    std::string integration;
};

struct Tally {
    std::size_t revoked{0};      ///< here and at the provider
    std::size_t unsupported{0};  ///< here; the provider offers no revocation
    std::size_t not_there{0};    ///< here; the provider refused or did not answer, and is asked again by the server
    std::size_t gone{0};         ///< somebody else has revoked it meanwhile

    [[nodiscard]] std::size_t all() const noexcept { return revoked + unsupported + not_there; }
};

std::string text_of(const boost::json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

const boost::json::object* object_of(const boost::json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value != nullptr ? value->if_object() : nullptr;
}

std::string path_of_page(const Revoke& order, const std::string& cursor) {
    std::string path = "/api/oauth/health?limit=" + std::to_string(page_size);
    for (const auto& [name, value] : {std::pair("clientId", &order.tenant), std::pair("provider", &order.provider),
                                      std::pair("status", &order.status), std::pair("cursor", &cursor)})
        if (!value->empty())
            path += "&" + std::string(name) + "=" + percent_encoded(*value);
    return path;
}

struct ConnectionsPage {
    std::vector<Wanted> items;
    std::string next;
};

ConnectionsPage page_of(const boost::json::object& answer) {
    ConnectionsPage page;
    const auto* data = object_of(answer, "data");
    const auto* reports = data == nullptr ? nullptr : data->if_contains("tokens");
    if (reports == nullptr || !reports->is_array())
        return page;
    for (const auto& element : reports->get_array())
        if (const auto* report = element.if_object())
            page.items.push_back({text_of(*report, "clientId"), text_of(*report, "integrationId")});
    page.next = text_of(*data, "nextCursor");
    return page;
}

void count(const boost::json::object& answer, Tally& tally) {
    const auto* at_provider = answer.if_contains("revokedAtProvider");
    if (at_provider == nullptr || at_provider->is_string())
        ++tally.unsupported;
    else if (at_provider->is_bool() && at_provider->get_bool())
        ++tally.revoked;
    else
        ++tally.not_there;
}

/// A server that is away for a moment, or asks for patience, is asked again.
async::Task<Remote<void>> revoke_one(RemoteServer* server, Wanted wanted, Tally* tally) {
    constexpr async::Backoff between{.first = std::chrono::milliseconds(500), .cap = std::chrono::seconds(10)};
    constexpr double even = 1.0;
    for (unsigned attempt = 0;; ++attempt) {
        boost::json::object body;
        body["tenantId"] = wanted.tenant;
        body["integrationId"] = wanted.integration;
        const auto answer = co_await server->post("/api/oauth/revoke", std::move(body));
        if (answer) {
            count(*answer, *tally);
            co_return Remote<void>();
        }
        if (answer.error().code == "no_connection" || answer.error().code == "tenant_not_found") {
            ++tally->gone;
            co_return Remote<void>();
        }
        const bool may_pass =
            answer.error().exit_code == ExitCode::unreachable || answer.error().code == "rate_limited";
        if (!may_pass || attempt + 1 >= most_tries)
            co_return std::unexpected(answer.error());
        co_await async::sleep_for(between.pause(attempt, even));
    }
}

async::Task<Remote<ConnectionsPage>> next_page(RemoteServer* server, std::string path) {
    const auto answer = co_await server->get(std::move(path));
    if (!answer)
        co_return std::unexpected(answer.error());
    co_return page_of(*answer);
}

void tell(CommandContext& context, const Tally& tally) {
    context.error << tally.all() << " revoked so far\n";
}

/// How many the providers have not revoked yet, those of earlier runs included.
std::uint64_t waiting_of(const boost::json::object& answer) {
    const auto* data = object_of(answer, "data");
    const auto* waiting = data == nullptr ? nullptr : data->if_contains("revocationsWaiting");
    return waiting != nullptr && waiting->is_number() ? waiting->to_number<std::uint64_t>() : 0;
}

async::Task<ExitCode> conclude(CommandContext* context, RemoteServer* server, const Revoke* order, const Tally* tally) {
    context->out << tally->all() << " connections revoked: " << tally->revoked << " at the provider too, "
                 << tally->unsupported << " where it offers no revocation, " << tally->not_there
                 << " that it did not revoke at once\n";
    const auto answer = co_await server->get(path_of_page(*order, ""));
    if (!answer)
        co_return report(*context, answer.error());
    const std::uint64_t waiting = waiting_of(*answer);
    if (waiting == 0)
        co_return ExitCode::ok;
    context->out << waiting << " are still alive at the provider, which the server goes on asking to revoke them\n";
    co_return ExitCode::under_way;
}

/// What is to be done first, for who has not said --yes.
async::Task<ExitCode> say_how_many(CommandContext* context, RemoteServer* server, const Revoke* order) {
    const auto answer = co_await server->get(path_of_page(*order, ""));
    if (!answer)
        co_return report(*context, answer.error());
    std::uint64_t all = 0;
    const auto* data = object_of(*answer, "data");
    const auto* summary = data == nullptr ? nullptr : object_of(*data, "summary");
    if (summary != nullptr) {
        for (const auto& of_status : *summary)
            all += of_status.value().is_number() ? of_status.value().to_number<std::uint64_t>() : 0;
    }
    co_return report(*context, ExitCode::usage,
                     "This would revoke " + std::to_string(all) + " connections, for good. Say --yes to do it.");
}

}  // namespace

async::Task<ExitCode> revoke_connections(CommandContext* context, RemoteServer* server, const Revoke* order) {
    if (order->tenant.empty() && order->provider.empty())
        co_return report(*context, ExitCode::usage, "Say whose: a TENANT, or --provider, or both.");
    if (!order->confirmed) {
        const auto told = co_await say_how_many(context, server, order);
        co_return told;
    }
    const auto pause = std::chrono::milliseconds(1000 / std::max(order->per_second, 1U));
    Tally tally;
    std::string cursor;
    for (;;) {
        std::string path = path_of_page(*order, cursor);
        const auto page = co_await next_page(server, std::move(path));
        if (!page)
            co_return report(*context, page.error());
        for (const Wanted& wanted : page->items) {
            const auto revoked = co_await revoke_one(server, wanted, &tally);
            if (!revoked) {
                tell(*context, tally);
                co_return report(*context, revoked.error());
            }
            if (tally.all() % progress_every == 0)
                tell(*context, tally);
            co_await async::sleep_for(pause);
        }
        if (page->next.empty())
            break;
        cursor = page->next;
    }
    const auto concluded = co_await conclude(context, server, order, &tally);
    co_return concluded;
}

}  // namespace evergrant::app
