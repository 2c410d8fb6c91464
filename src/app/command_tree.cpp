#include "app/command_tree.h"

#include "app/command_branches.h"
#include "app/exit_code.h"
#include "app/option_kinds.h"
#include "app/setting.h"
#include "app/version.h"

#include <functional>
#include <utility>

namespace evergrant::app {

void add_server(CLI::App& command, ServerOptions& server) {
    add_text(command, "--url", "URL", "the server to ask; default: EVERGRANT_URL", server.url);
    add_text(command, "--key", "KEY", "an API key; default: EVERGRANT_API_KEY, which other users cannot see",
             server.key);
}

void add_json(CLI::App& command, bool& as_json) {
    command.add_flag("--json", as_json, "print JSON");
}

CLI::App& add_command(CLI::App& parent, const std::string& name, const std::string& description, Draft& draft,
                      std::function<Command()> take) {
    CLI::App& command = *parent.add_subcommand(name, description);
    command.callback([&draft, take = std::move(take)] { draft.command = take(); });
    return command;
}

CLI::App& add_group(CLI::App& root, const std::string& name, const std::string& description) {
    CLI::App& group = *root.add_subcommand(name, description);
    group.require_subcommand(1);
    return group;
}

namespace {

void add_keys(CLI::App& root, Draft& draft) {
    CLI::App& keys = add_group(root, "keys", "Create, list and revoke API keys");
    keys.footer(
        "Without --url and EVERGRANT_URL these open the store themselves. The data folder one process can open at a\n"
        "time: the first key is made before the server starts, later ones by asking it. With database.url they open\n"
        "the database, also while servers run; these notice within 30 seconds.\n\n"
        "Examples:\n"
        "  evergrant keys create --name first --role admin\n"
        "  evergrant keys create --name billing --tenant acme --provider zoho_crm --expires-in 90\n"
        "  evergrant keys create --name agent --tenant acme --method GET --path /crm/v3/Leads\n"
        "  evergrant keys list --url http://localhost:3000");
    KeysCreate& create = draft.keys_create;
    CLI::App& creating = add_command(keys, "create", "Make a key and print it, this one time", draft,
                                     [&draft] { return Command(std::move(draft.keys_create)); });
    add_text(creating, "--name", "NAME", "what it is for, as lists show it", create.name)->required();
    static const std::vector<std::string_view> roles{"admin", "app", "auditor"};
    add_choice(creating, "--role", roles, "what it may do; default: app",
               [&create](std::size_t index) { create.role = *storage::parse_role(roles[index]); });
    repeatable(add_id<TenantId>(creating, "--tenant", "TENANT", "a tenant it may see; default: all; repeatable",
                                [&create](TenantId id) { create.tenants.push_back(std::move(id)); }));
    repeatable(add_id<ProviderId>(creating, "--provider", "PROVIDER", "a provider it may use; default: all; repeatable",
                                  [&create](ProviderId id) { create.providers.push_back(std::move(id)); }));
    add_texts(creating, "--method", "METHOD", "a method it may use at providers' APIs, and nothing else; repeatable",
              create.limits.methods);
    add_texts(creating, "--path", "PATH", "a path it may call there, and what is below, and nothing else; repeatable",
              create.limits.paths);
    add_number(creating, "--expires-in", "DAYS", "when it ends; default: never",
               [&create](std::uint32_t days) { create.life = std::chrono::days(days); });
    add_server(creating, create.server);

    CLI::App& listing = add_command(keys, "list", "List keys, without their secrets", draft,
                                    [&draft] { return Command(std::move(draft.keys_list)); });
    add_json(listing, draft.keys_list.as_json);
    add_server(listing, draft.keys_list.server);

    CLI::App& revoking =
        add_command(keys, "revoke", "End a key", draft, [&draft] { return Command(std::move(draft.keys_revoke)); });
    add_id<TenantId>(revoking, "id", "ID", "the key's id, as the list shows it", [&draft](const TenantId& id) {
        draft.keys_revoke.id = id.str();
    })->required();
    add_server(revoking, draft.keys_revoke.server);

    CLI::App& rotating = add_command(keys, "rotate-master", "Seal everything under the first master key, by a server",
                                     draft, [&draft] { return Command(std::move(draft.keys_rotate_master)); });
    rotating.footer(
        "First restart every replica with ENCRYPTION_KEY=OLD,NEW, then each with NEW,OLD. When this says so, restart\n"
        "them with NEW alone. Stopped at any point, it is gone on with by itself.");
    rotating.add_flag("--no-wait", draft.keys_rotate_master.no_wait, "begin it and leave");
    add_server(rotating, draft.keys_rotate_master.server);
}

void add_config(CLI::App& root, Draft& draft) {
    CLI::App& config = add_group(root, "config", "Check and show the configuration");
    config.footer(
        "Settings come from defaults, then evergrant.yaml, then the environment, then flags; the later is stronger.\n\n"
        "Examples:\n"
        "  evergrant config check\n"
        "  evergrant --config staging.yaml config show");
    add_command(config, "check", "Say everything that is wrong, and whether the server could start", draft,
                [] { return Command(ConfigCheck{}); });
    CLI::App& show = add_command(config, "show", "Print every setting, its value and where that came from", draft,
                                 [&draft] { return Command(draft.config_show); });
    add_json(show, draft.config_show.as_json);
}

void add_providers(CLI::App& root, Draft& draft) {
    CLI::App& providers = add_group(root, "providers", "Look into the catalogue of providers");
    providers.footer(
        "Examples:\n"
        "  evergrant providers show zoho_crm\n"
        "  evergrant --catalog ./providers providers list\n"
        "  evergrant providers check ./providers/our_crm.yaml");
    CLI::App& list = add_command(providers, "list", "List the providers this server knows", draft,
                                 [&draft] { return Command(draft.providers_list); });
    add_json(list, draft.providers_list.as_json);
    CLI::App& show = add_command(providers, "show", "Print one provider's entry as JSON", draft,
                                 [&draft] { return Command(std::move(draft.providers_show)); });
    add_text(show, "provider", "PROVIDER", "its id", draft.providers_show.id)->required();
    CLI::App& check = add_command(providers, "check", "Check provider files of your own", draft,
                                  [&draft] { return Command(std::move(draft.providers_check)); });
    add_value(check, "files", file_type, "one provider each",
              [&draft](const std::string& value) -> std::string {
                  draft.providers_check.files.emplace_back(value);
                  return "";
              })
        ->required()
        ->expected(1, CLI::detail::expected_max_vector_size)
        ->allow_extra_args();
}

std::string keep_parameter(std::map<std::string, std::string>& params, const std::string& text) {
    const std::size_t equals = text.find('=');
    if (equals == 0 || equals == std::string::npos)
        return "\"" + text + "\" is not NAME=VALUE";
    params[text.substr(0, equals)] = text.substr(equals + 1);
    return "";
}

void add_connect(CLI::App& root, Draft& draft) {
    Connect& connect = draft.connect;
    CLI::App& command =
        add_command(root, "connect", "Print a link that connects a tenant, and wait until someone has used it", draft,
                    [&draft] { return Command(std::move(draft.connect)); });
    command.footer(
        "Needs an admin's key. Examples:\n"
        "  evergrant connect acme zoho_crm --url http://localhost:3000\n"
        "  evergrant connect acme shopify --param shop=acme-store --wait 60");
    add_id<TenantId>(command, "tenant", "TENANT", "whose grant it will be", [&connect](TenantId id) {
        connect.tenant = std::move(id);
    })->required();
    add_text(command, "provider", "PROVIDER", "where, as `evergrant providers list` names it", connect.provider)
        ->required();
    add_id<IntegrationId>(command, "--integration", "ID", "the connection's name; default: the provider's id",
                          [&connect](IntegrationId id) { connect.integration = std::move(id); });
    repeatable(add_value(command, "--scope", "SCOPE", "what to ask for; default: the provider's own; repeatable",
                         [&connect](const std::string& value) -> std::string {
                             connect.scopes.push_back(value);
                             return "";
                         }));
    repeatable(add_value(command, "--param", "NAME=VALUE", "a parameter the provider needs; repeatable",
                         [&connect](const std::string& value) { return keep_parameter(connect.params, value); }));
    add_text(command, "--redirect-to", "URL", "where the browser goes afterwards", connect.redirect_to);
    command.add_flag("--create-tenant", connect.create_tenant, "make the tenant if it does not exist");
    add_number(command, "--wait", "SECONDS", "how long to wait; 0: not at all; default: 600",
               [&connect](std::uint32_t value) { connect.patience = std::chrono::seconds(value); });
    add_server(command, connect.server);
}

void add_token(CLI::App& root, Draft& draft) {
    Token& token = draft.token;
    CLI::App& command = add_command(root, "token", "Print a working access token of a connection", draft,
                                    [&draft] { return Command(std::move(draft.token)); });
    command.footer(
        "Example:\n"
        "  curl -H \"Authorization: Bearer $(evergrant token acme hubspot)\" "
        "https://api.hubapi.com/crm/v3/objects/contacts");
    add_id<TenantId>(command, "tenant", "TENANT", "whose", [&token](TenantId id) {
        token.tenant = std::move(id);
    })->required();
    add_id<IntegrationId>(command, "integration", "INTEGRATION",
                          "which connection; the provider's id unless it was named",
                          [&token](IntegrationId id) { token.integration = std::move(id); })
        ->required();
    add_number(command, "--min-ttl", "SECONDS", "how long it must still be valid",
               [&token](std::uint32_t value) { token.min_ttl = std::chrono::seconds(value); });
    command.add_flag("--force-refresh", token.force_refresh, "renew it first");
    add_json(command, token.as_json);
    add_server(command, token.server);
}

void add_revoke(CLI::App& root, Draft& draft) {
    Revoke& revoke = draft.revoke;
    CLI::App& command = add_command(root, "revoke", "End many grants, here and at the provider", draft,
                                    [&draft] { return Command(std::move(draft.revoke)); });
    command.footer(
        "Needs an admin's key. Without --yes it only says how many there are. A run that was cut off is begun again:\n"
        "what is revoked is gone from the list. What a provider does not revoke at once the server goes on asking for: "
        "the\n"
        "exit status is 8 while any is left. Examples:\n"
        "  evergrant revoke --provider hubspot --per-second 5 --yes\n"
        "  evergrant revoke acme --yes");
    add_text(command, "tenant", "TENANT", "whose; default: all tenants'", revoke.tenant);
    add_text(command, "--provider", "PROVIDER", "where; default: everywhere", revoke.provider);
    add_text(command, "--status", "STATUS", "only those with this status, such as `invalid`", revoke.status);
    add_number(command, "--per-second", "COUNT", "how many a second, for the provider's sake; default: 5",
               [&revoke](std::uint32_t value) { revoke.per_second = value; });
    command.add_flag("--yes", revoke.confirmed, "do it");
    add_server(command, revoke.server);
}

void add_alerts(CLI::App& root, Draft& draft) {
    CLI::App& alerts = add_group(root, "alerts", "Try the channels by which people hear of alerts");
    alerts.footer("Needs an admin's key. Example:\n  evergrant alerts test --url http://localhost:3000");
    CLI::App& test = add_command(alerts, "test", "Send one through each channel, and say what became of it", draft,
                                 [&draft] { return Command(std::move(draft.alerts_test)); });
    add_json(test, draft.alerts_test.as_json);
    add_server(test, draft.alerts_test.server);
}

void add_completion(CLI::App& root, Draft& draft) {
    CLI::App& command = add_command(root, "completion", "Print a script that completes commands and flags", draft,
                                    [&draft] { return Command(draft.completion); });
    command.footer(
        "Examples:\n"
        "  source <(evergrant completion bash)\n"
        "  evergrant completion zsh > \"${fpath[1]}/_evergrant\"\n"
        "  evergrant completion fish > ~/.config/fish/completions/evergrant.fish");
    add_choice(command, "shell", {"bash", "zsh", "fish"}, "for which shell", [&draft](std::size_t index) {
        draft.completion.shell = static_cast<Shell>(index);
    })->required();
}

std::string type_of(const Setting& setting) {
    if (setting.name == "data" || setting.name == "catalog")
        return folder_type;
    if (setting.name == "log.level")
        return "trace|debug|info|warning|error";
    return "HOST:PORT";
}

void add_setting_flags(CLI::App& root, Draft& draft) {
    for (const Setting& setting : settings()) {
        if (setting.flag.empty())
            continue;
        const std::string flag(setting.flag);
        std::string description(setting.meaning);
        if (!setting.default_value.empty() && !setting.kind.is_switch)
            description += " Default: " + std::string(setting.default_value);
        CLI::Option* option = setting.kind.is_switch ? root.add_flag(flag, std::as_const(description))
                                                     : add_value(root, flag, type_of(setting), description,
                                                                 [](const std::string&) { return ""; });
        if (setting.kind.is_list)
            repeatable(option);
        option->group("Settings");
        draft.setting_flags.push_back(option);
    }
}

std::string footer() {
    std::string text =
        "First steps:\n"
        "  export ENCRYPTION_KEY=$(openssl rand -hex 32)      # keep it: it opens everything stored\n"
        "  evergrant keys create --name first --role admin   # prints the key, once\n"
        "  evergrant serve                                   # on 127.0.0.1:3000, data in ./data\n"
        "  evergrant connect acme zoho_crm --create-tenant   # with EVERGRANT_URL and EVERGRANT_API_KEY set\n\n"
        "`evergrant COMMAND --help` tells more. Settings' flags may stand before or after the command.\n\n"
        "Exit status:\n";
    for (const ExitCodeMeaning& entry : exit_codes())
        text += "  " + std::to_string(std::to_underlying(entry.code)) + "  " + std::string(entry.meaning) + "\n";
    text.pop_back();
    return text;
}

}  // namespace

void build_command_tree(CLI::App& root, Draft& draft) {
    root.name("evergrant");
    root.description(
        "Evergrant keeps every OAuth grant evergreen: it holds your tenants' grants and hands out working tokens.");
    root.require_subcommand(1);
    root.fallthrough();
    root.set_version_flag("--version", std::string(version), "Print the version");
    root.footer(footer());
    add_text(root, "--config", file_type,
             "The configuration file. Default: EVERGRANT_CONFIG, or ./evergrant.yaml if it exists", draft.config_file)
        ->group("Settings");
    add_setting_flags(root, draft);
    add_command(root, "serve", "Run the server", draft, [] { return Command(Serve{}); });
    add_keys(root, draft);
    add_signing_key_commands(root, draft);
    add_config(root, draft);
    add_providers(root, draft);
    add_connect(root, draft);
    add_token(root, draft);
    add_call(root, draft);
    add_revoke(root, draft);
    add_alerts(root, draft);
    add_crm_commands(root, draft);
    add_store_commands(root, draft);
    add_command(root, "version", "Print the version", draft, [] { return Command(Version{}); });
    add_completion(root, draft);
    add_audit_commands(root, draft);
}

}  // namespace evergrant::app
