#include "app/command_branches.h"
#include "app/option_kinds.h"

#include <utility>

namespace evergrant::app {

namespace {

void add_audit_choice(CLI::App& command, AuditChoice& choice) {
    add_text(command, "--tenant", "TENANT", "of this tenant", choice.tenant);
    add_text(command, "--integration", "INTEGRATION", "of this connection", choice.integration);
    add_text(command, "--action", "ACTION", "of this kind, such as token.vend", choice.action);
    add_text(command, "--actor", "ACTOR", "by this key id, JWT subject, or system", choice.actor);
    add_text(command, "--outcome", "OUTCOME", "ok, or an error code", choice.outcome);
    add_text(command, "--from", "TIME", "since then, such as 2026-01-31T12:00:00Z", choice.from);
    add_text(command, "--to", "TIME", "before then", choice.to);
}

CLI::Option* add_audit_file(CLI::App& command, const std::string& name, const std::string& description,
                            std::filesystem::path& target) {
    return add_value(command, name, file_type, description, [&target](const std::string& value) -> std::string {
        target = value;
        return "";
    });
}

}  // namespace

void add_audit_commands(CLI::App& root, Draft& draft) {
    CLI::App& audit = add_group(root, "audit", "Show, export and verify who did what");
    audit.footer(
        "Needs an admin's or auditor's key. Examples:\n"
        "  evergrant audit tail --follow --outcome forbidden\n"
        "  evergrant audit export --from 2026-01-01T00:00:00Z > audit.jsonl\n"
        "  evergrant audit checkpoint > checkpoint.json      # keep it elsewhere\n"
        "  evergrant audit verify --checkpoint checkpoint.json");
    AuditTail& tail = draft.audit_tail;
    CLI::App& tailing = add_command(audit, "tail", "Print the latest events", draft,
                                    [&draft] { return Command(std::move(draft.audit_tail)); });
    add_audit_choice(tailing, tail.choice);
    add_number(tailing, "--count", "COUNT", "how many, at most 1000; default: 20",
               [&tail](std::uint32_t count) { tail.count = count; });
    tailing.add_flag("--follow", tail.follow, "go on with those that come");
    add_json(tailing, tail.as_json);
    add_server(tailing, tail.server);

    CLI::App& exporting = add_command(audit, "export", "Print all events as JSON lines, newest first", draft,
                                      [&draft] { return Command(std::move(draft.audit_export)); });
    add_audit_choice(exporting, draft.audit_export.choice);
    add_server(exporting, draft.audit_export.server);

    AuditVerify& verify = draft.audit_verify;
    CLI::App& verifying = add_command(audit, "verify", "Check that no event was changed, removed or moved", draft,
                                      [&draft] { return Command(std::move(draft.audit_verify)); });
    add_audit_file(verifying, "--checkpoint", "what `audit checkpoint` printed before: held against the log",
                   verify.checkpoint);
    add_audit_file(verifying, "--file", "what `audit export` printed without a choice: checked without a server",
                   verify.exported);
    add_server(verifying, verify.server);

    CLI::App& checkpoint = add_command(audit, "checkpoint", "Print where the log ends, signed, to be kept elsewhere",
                                       draft, [&draft] { return Command(std::move(draft.audit_checkpoint)); });
    add_server(checkpoint, draft.audit_checkpoint.server);
}

}  // namespace evergrant::app
