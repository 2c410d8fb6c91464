#include "app/command_context.h"

#include "app/run_task.h"
#include "app/value_checks.h"

#include <ostream>

namespace evergrant::app {

ExitCode report(CommandContext& context, ExitCode code, std::string_view message) {
    context.error << "evergrant: " << message << '\n';
    return code;
}

ExitCode report(CommandContext& context, const RemoteFailure& failed) {
    return report(context, failed.exit_code, failed.message);
}

std::optional<LoadedConfiguration> load_or_report(CommandContext& context, const CommandLine& line) {
    LoadedConfiguration loaded = load_configuration(
        {.environment = context.environment, .flags = line.flags, .file = line.file, .usual_file = context.usual_file});
    for (const ConfigurationProblem& problem : loaded.problems)
        report(context, ExitCode::configuration, problem.to_string());
    if (!loaded.problems.empty())
        return std::nullopt;
    return loaded;
}

ExitCode with_server(CommandContext& context, const ServerOptions& options,
                     const std::function<async::Task<ExitCode>(RemoteServer&)>& talk) {
    auto access = server_access(options, context.environment);
    if (!access)
        return report(context, ExitCode::usage, access.error());
    if (!*access)
        return report(context, ExitCode::usage, "Which server? Set EVERGRANT_URL, or give --url.");
    return with_server(context, std::move(**access), talk);
}

ExitCode with_server(CommandContext& context, ServerAccess access,
                     const std::function<async::Task<ExitCode>(RemoteServer&)>& talk) {
    if (access.url.starts_with("http://") && !is_loopback_url(access.url))
        context.error << "evergrant: warning: " << access.url
                      << " is plain http: the API key can be read on the way. Use https.\n";
    boost::asio::io_context io(1);
    const std::unique_ptr<net::HttpClient> http = context.make_http(io);
    RemoteServer server(*http, std::move(access));
    return run_task(io, talk(server));
}

}  // namespace evergrant::app
