#pragma once
//
// Audit logs and checkpoints as files, checked without a server: what an auditor can do who was given both.
//
#include "app/command_context.h"

#include <boost/json/object.hpp>

#include <expected>
#include <filesystem>
#include <string>

namespace evergrant::app {

/// The object in the file. Errors: one sentence.
[[nodiscard]] std::expected<boost::json::object, std::string> read_checkpoint(const std::filesystem::path& file);

/// Checks each row of an export against the one before it, and against the checkpoint if one is given. What its
/// signatures say only the server can tell.
ExitCode verify_exported(CommandContext& context, const AuditVerify& order);

}  // namespace evergrant::app
