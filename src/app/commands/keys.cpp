#include "app/commands/keys.h"

#include "api/descriptions.h"
#include "app/catalog_loading.h"
#include "app/commands/key_table.h"
#include "app/commands/keys_on_server.h"
#include "app/open_store.h"
#include "app/run_task.h"
#include "base/log.h"
#include "broker/authenticator.h"
#include "connectors/api_target.h"

#include <ostream>

namespace evergrant::app {

namespace {

using storage::Store;

constexpr std::chrono::seconds no_patience{0};

/// Opens the store and runs `work` on it.
ExitCode with_store(CommandContext& context, const LoadedConfiguration& loaded,
                    const std::function<ExitCode(boost::asio::io_context&, Store&)>& work) {
    const Configuration& configuration = loaded.configuration;
    if (const auto missing = missing_for_store(configuration); !missing.empty())
        return report(context, ExitCode::configuration, missing.front());
    auto ring = master_keys(configuration);
    if (!ring)
        return report(context, ring.error().exit_code, ring.error().problem);
    set_log_level(LogLevel::warning);  // the store's news are for a server's log
    // Before the store: its threads hold what belongs to this until they are joined.
    boost::asio::io_context io(1);
    auto store = open_store(configuration, std::move(*ring), context.random, context.clock, {&io}, no_patience);
    if (!store) {
        std::string problem = std::move(store.error().problem);
        if (configuration.database.url.empty())
            problem +=
                "\nIf a server runs on this folder, ask it: set EVERGRANT_URL and EVERGRANT_API_KEY, or give --url and "
                "--key.";
        return report(context, store.error().exit_code, problem);
    }
    return work(io, **store);
}

/// The server that is named, or nothing: then the data folder is opened. An error is reported.
std::expected<std::optional<ServerAccess>, ExitCode> named_server(CommandContext& context,
                                                                  const ServerOptions& options) {
    auto access = server_access(options, context.environment);
    if (!access)
        return std::unexpected(report(context, ExitCode::usage, access.error()));
    return std::move(*access);
}

ExitCode report_error(CommandContext& context, const Error& error) {
    return report(context, ExitCode::store, error.message);
}

/// One sentence, or empty if every provider named is known.
std::string unknown_provider(const Configuration& configuration, const KeysCreate& order) {
    const CatalogOutcome outcome = load_catalog(configuration);
    for (const ProviderId& provider : order.providers) {
        const auto found = outcome.catalog.get(provider.str());
        if (!found)
            return found.error().message;
    }
    return {};
}

/// Who opens the store itself is known to nobody: the log tells at least that it happened so.
Result<void> tell_audit_log(CommandContext& context, boost::asio::io_context& io, Store& store, std::string action,
                            const std::string& id) {
    storage::AuditEvent event;
    event.at = context.clock.now();
    event.actor = "command-line";
    event.action = std::move(action);
    event.integration = id;
    event.outcome = "ok";
    std::vector<storage::AuditEvent> events;
    events.push_back(std::move(event));
    const auto told = run_task(io, store.append_audit(std::move(events)));
    if (!told)
        return std::unexpected(told.error());
    return {};
}

ExitCode create_in_store(CommandContext& context, const CommandLine& line, const KeysCreate& order) {
    const auto loaded = load_or_report(context, line);
    if (!loaded)
        return ExitCode::configuration;
    if (const std::string sentence = unknown_provider(loaded->configuration, order); !sentence.empty())
        return report(context, ExitCode::usage, sentence);
    storage::ApiKey described;
    described.name = order.name;
    described.role = order.role;
    described.tenants = order.tenants;
    described.providers = order.providers;
    auto limits = connectors::limits_of_key(order.role, order.limits);
    if (!limits)
        return report(context, ExitCode::usage, limits.error().fields.front().message);
    described.limits = std::move(*limits);
    if (order.life)
        described.expires_at = context.clock.now_seconds() + *order.life;
    return with_store(context, *loaded, [&](boost::asio::io_context& io, Store& store) {
        const broker::MintedKey minted = broker::mint_api_key(described, context.random, context.clock.now());
        const auto saved = run_task(io, store.save_api_key(minted.key));
        if (!saved)
            return report_error(context, saved.error());
        if (const auto told = tell_audit_log(context, io, store, "key.create", minted.key.id); !told)
            return report_error(context, told.error());
        print_new_key(context, minted.key.id, minted.text.reveal());
        return ExitCode::ok;
    });
}

ExitCode list_from_store(CommandContext& context, const CommandLine& line, const KeysList& order) {
    const auto loaded = load_or_report(context, line);
    if (!loaded)
        return ExitCode::configuration;
    return with_store(context, *loaded, [&](boost::asio::io_context& io, Store& store) {
        const auto keys = run_task(io, store.list_api_keys());
        if (!keys)
            return report_error(context, keys.error());
        boost::json::array rows;
        for (const storage::ApiKey& key : *keys)
            rows.push_back(api::describe(key));
        print_keys(context.out, rows, order.as_json);
        return ExitCode::ok;
    });
}

ExitCode revoke_in_store(CommandContext& context, const CommandLine& line, const KeysRevoke& order) {
    const auto loaded = load_or_report(context, line);
    if (!loaded)
        return ExitCode::configuration;
    return with_store(context, *loaded, [&](boost::asio::io_context& io, Store& store) {
        const auto revoked = run_task(io, store.revoke_api_key(order.id, context.clock.now_seconds()));
        if (!revoked)
            return report_error(context, revoked.error());
        if (!*revoked)
            return report(context, ExitCode::failed, "There is no key \"" + order.id + "\".");
        if (const auto told = tell_audit_log(context, io, store, "key.revoke", order.id); !told)
            return report_error(context, told.error());
        context.error << "Key " << order.id << " is revoked.\n";
        return ExitCode::ok;
    });
}

}  // namespace

ExitCode run_keys_create(CommandContext& context, const CommandLine& line, const KeysCreate& order) {
    auto access = named_server(context, order.server);
    if (!access)
        return access.error();
    if (!*access)
        return create_in_store(context, line, order);
    return with_server(context, std::move(**access),
                       [&](RemoteServer& server) { return create_key_on_server(&context, &server, &order); });
}

ExitCode run_keys_list(CommandContext& context, const CommandLine& line, const KeysList& order) {
    auto access = named_server(context, order.server);
    if (!access)
        return access.error();
    if (!*access)
        return list_from_store(context, line, order);
    return with_server(context, std::move(**access),
                       [&](RemoteServer& server) { return list_keys_on_server(&context, &server, order.as_json); });
}

ExitCode run_keys_revoke(CommandContext& context, const CommandLine& line, const KeysRevoke& order) {
    auto access = named_server(context, order.server);
    if (!access)
        return access.error();
    if (!*access)
        return revoke_in_store(context, line, order);
    return with_server(context, std::move(**access),
                       [&](RemoteServer& server) { return revoke_key_on_server(&context, &server, order.id); });
}

}  // namespace evergrant::app
