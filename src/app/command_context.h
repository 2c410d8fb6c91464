#pragma once
//
// What a command is given to work with: main's, or a test's.
//
#include "app/command_line.h"
#include "app/exit_code.h"
#include "app/remote_server.h"
#include "base/clock.h"
#include "crypto/random.h"

#include <functional>
#include <iosfwd>
#include <memory>

namespace evergrant::app {

using HttpClientMaker = std::function<std::unique_ptr<net::HttpClient>(boost::asio::io_context&)>;

/// Lifetime: what it refers to outlives every command.
struct CommandContext {
    std::ostream& out;    ///< what was asked for, and nothing else, so that a script can take it
    std::ostream& error;  ///< everything that is said about it
    std::istream& in;     ///< the standard input
    const Environment& environment;
    const Clock& clock;
    crypto::Random& random;
    HttpClientMaker make_http;
    std::function<int(const Configuration&)> serve;
    std::filesystem::path usual_file{"evergrant.yaml"};
    std::chrono::milliseconds poll_pause{2'000};  ///< between looks for a connection
    bool on_terminal{false};                      ///< `error` is one: what is said may move about
};

/// Prints what is wrong and gives the code back.
ExitCode report(CommandContext& context, ExitCode code, std::string_view message);
ExitCode report(CommandContext& context, const RemoteFailure& failed);

/// The configuration, or nothing after its problems were printed: then the exit code is `configuration`.
[[nodiscard]] std::optional<LoadedConfiguration> load_or_report(CommandContext& context, const CommandLine& line);

/// Runs `talk` with the server that options or environment name. A usage error is reported if they name none.
ExitCode with_server(CommandContext& context, const ServerOptions& options,
                     const std::function<async::Task<ExitCode>(RemoteServer&)>& talk);
ExitCode with_server(CommandContext& context, ServerAccess access,
                     const std::function<async::Task<ExitCode>(RemoteServer&)>& talk);

}  // namespace evergrant::app
