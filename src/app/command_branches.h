#pragma once
//
// Branches of the tree of commands that stand in files of their own, and what all branches are made with. For
// command_tree.cpp and those files alone; options are option_kinds.h's.
//
#include "app/command_tree.h"

#include <functional>
#include <string>

namespace evergrant::app {

void add_server(CLI::App& command, ServerOptions& server);
void add_json(CLI::App& command, bool& as_json);

/// Adds a command whose choice makes `draft.command` what `take` returns.
CLI::App& add_command(CLI::App& parent, const std::string& name, const std::string& description, Draft& draft,
                      std::function<Command()> take);

/// A command that is none by itself: one of those below it must follow.
CLI::App& add_group(CLI::App& root, const std::string& name, const std::string& description);

/// `audit`: who did what.
void add_audit_commands(CLI::App& root, Draft& draft);

/// `call`: a provider's API through the server's proxy.
void add_call(CLI::App& root, Draft& draft);

/// `crm`: what stands in a tenant's CRM.
void add_crm_commands(CLI::App& root, Draft& draft);

/// `signing-keys`: what we prove ourselves with at providers.
void add_signing_key_commands(CLI::App& root, Draft& draft);

/// `storage`, `migrate`, `backup`, `restore`: those that open the store themselves.
void add_store_commands(CLI::App& root, Draft& draft);

}  // namespace evergrant::app
