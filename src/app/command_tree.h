#pragma once
//
// The tree of commands as CLI11 knows it. For command_line.cpp, completion.cpp and the branches alone: CLI11 is slow to
// compile.
//
#include "app/command_line.h"

#include <CLI/CLI.hpp>

#include <vector>

namespace evergrant::app {

/// What CLI11 writes into while it parses. Filled in by the chosen command's callback.
struct Draft {
    std::optional<Command> command;
    std::string config_file;
    std::vector<CLI::Option*> setting_flags;

    KeysCreate keys_create;
    KeysList keys_list;
    KeysRevoke keys_revoke;
    ConfigShow config_show;
    ProvidersList providers_list;
    ProvidersShow providers_show;
    ProvidersCheck providers_check;
    Connect connect;
    Token token;
    ApiCall call;
    Revoke revoke;
    AlertsTest alerts_test;
    StorageCopy storage_copy;
    Backup backup;
    Restore restore;
    Completion completion;
    AuditTail audit_tail;
    AuditExport audit_export;
    AuditVerify audit_verify;
    AuditCheckpoint audit_checkpoint;
    KeysRotateMaster keys_rotate_master;
    SigningKeysAdd signing_keys_create;
    SigningKeysAdd signing_keys_import;
    SigningKeysList signing_keys_list;
    SigningKeysRotate signing_keys_rotate;
    SigningKeysRemove signing_keys_remove;
    CrmFind crm_find;
};

/// Builds the tree into `root`, whose results go to `draft`. Lifetime: `draft` outlives `root`.
void build_command_tree(CLI::App& root, Draft& draft);

}  // namespace evergrant::app
