#include "app/run_command.h"

#include "app/commands/alerts.h"
#include "app/commands/audit.h"
#include "app/commands/audit_file.h"
#include "app/commands/call.h"
#include "app/commands/config.h"
#include "app/commands/connect.h"
#include "app/commands/crm.h"
#include "app/commands/keys.h"
#include "app/commands/master_key.h"
#include "app/commands/providers.h"
#include "app/commands/revoke.h"
#include "app/commands/serve.h"
#include "app/commands/signing_keys.h"
#include "app/commands/storage.h"
#include "app/commands/token.h"
#include "app/completion.h"
#include "app/version.h"

#include <ostream>
#include <utility>

namespace evergrant::app {

namespace {

struct Runner {
    CommandContext& context;
    const CommandLine& line;

    int operator()(const Serve&) const { return run_serve(context, line); }
    int operator()(const KeysCreate& order) const { return status(run_keys_create(context, line, order)); }
    int operator()(const KeysList& order) const { return status(run_keys_list(context, line, order)); }
    int operator()(const KeysRevoke& order) const { return status(run_keys_revoke(context, line, order)); }
    int operator()(const ConfigCheck&) const { return status(run_config_check(context, line)); }
    int operator()(const ConfigShow& order) const { return status(run_config_show(context, line, order)); }
    int operator()(const ProvidersList& order) const { return status(run_providers_list(context, line, order)); }
    int operator()(const ProvidersShow& order) const { return status(run_providers_show(context, line, order)); }
    int operator()(const ProvidersCheck& order) const { return status(run_providers_check(context, line, order)); }

    int operator()(const Connect& order) const {
        return status(with_server(context, order.server, [this, &order](RemoteServer& server) {
            return connect_tenant(&context, &server, &order);
        }));
    }

    int operator()(const Token& order) const {
        return status(with_server(context, order.server, [this, &order](RemoteServer& server) {
            return print_token(&context, &server, &order);
        }));
    }

    int operator()(const ApiCall& order) const {
        return status(with_server(context, order.server, [this, &order](RemoteServer& server) {
            return call_api(&context, &server, &order);
        }));
    }

    int operator()(const Revoke& order) const {
        return status(with_server(context, order.server, [this, &order](RemoteServer& server) {
            return revoke_connections(&context, &server, &order);
        }));
    }

    int operator()(const AlertsTest& order) const {
        return status(with_server(context, order.server, [this, &order](RemoteServer& server) {
            return test_alerts(&context, &server, &order);
        }));
    }

    int operator()(const StorageCopy& order) const { return status(run_storage_copy(context, line, order)); }
    int operator()(const Migrate&) const { return status(run_migrate(context, line)); }
    int operator()(const Backup& order) const { return status(run_backup(context, line, order)); }
    int operator()(const Restore& order) const { return status(run_restore(context, line, order)); }

    int operator()(const Version&) const {
        context.out << "evergrant " << version << '\n';
        return 0;
    }

    int operator()(const Completion& order) const {
        context.out << completion_script(order.shell);
        return 0;
    }

    int operator()(const AuditTail& order) const {
        return status(with_server(context, order.server, [this, &order](RemoteServer& server) {
            return tail_audit(&context, &server, &order);
        }));
    }
    int operator()(const AuditExport& order) const {
        return status(with_server(context, order.server, [this, &order](RemoteServer& server) {
            return export_audit(&context, &server, &order);
        }));
    }
    int operator()(const AuditVerify& order) const {
        if (!order.exported.empty())
            return status(verify_exported(context, order));
        return status(with_server(context, order.server, [this, &order](RemoteServer& server) {
            return verify_audit(&context, &server, &order);
        }));
    }
    int operator()(const AuditCheckpoint& order) const {
        return status(with_server(context, order.server,
                                  [this](RemoteServer& server) { return print_checkpoint(&context, &server); }));
    }
    int operator()(const KeysRotateMaster& order) const {
        return status(with_server(context, order.server, [this, &order](RemoteServer& server) {
            return rotate_master_key(&context, &server, &order);
        }));
    }
    int operator()(const SigningKeysAdd& order) const {
        return status(with_server(context, order.server, [this, &order](RemoteServer& server) {
            return add_signing_key(&context, &server, &order);
        }));
    }
    int operator()(const SigningKeysList& order) const {
        return status(with_server(context, order.server, [this, &order](RemoteServer& server) {
            return list_signing_keys(&context, &server, &order);
        }));
    }
    int operator()(const SigningKeysRotate& order) const {
        return status(with_server(context, order.server, [this, &order](RemoteServer& server) {
            return rotate_signing_key(&context, &server, &order);
        }));
    }
    int operator()(const CrmFind& order) const {
        return status(with_server(context, order.server, [this, &order](RemoteServer& server) {
            return find_customers(&context, &server, &order);
        }));
    }
    int operator()(const SigningKeysRemove& order) const {
        return status(with_server(context, order.server, [this, &order](RemoteServer& server) {
            return remove_signing_key(&context, &server, &order);
        }));
    }

    int operator()(const Help& help) const {
        context.out << help.text;
        return 0;
    }

    static int status(ExitCode code) { return std::to_underlying(code); }
};

}  // namespace

int run_command_line(CommandContext& context, const std::vector<std::string>& arguments) {
    const auto line = parse_command_line(arguments);
    if (!line)
        return std::to_underlying(report(context, ExitCode::usage, line.error().message));
    return std::visit(Runner{context, *line}, line->command);
}

}  // namespace evergrant::app
