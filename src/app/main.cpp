//
// The program: hands the process's arguments, environment and streams to run_command.
//
#include "app/run_command.h"
#include "app/serve.h"
#include "net/curl_client.h"

#include <unistd.h>

#include <exception>
#include <iostream>
#include <span>
#include <utility>

namespace {

using namespace evergrant;

/// For the commands that ask a running server. The operator names it himself, and it may well be inside.
std::unique_ptr<net::HttpClient> make_http(boost::asio::io_context& io) {
    net::CurlOptions options;
    options.egress = net::EgressGuard(net::EgressPolicy{.operators_own_server = true});
    return std::make_unique<net::CurlClient>(io, std::move(options));
}

}  // namespace

int main(int argc, char** argv) {
    const std::span<char*> given(argv, static_cast<std::size_t>(argc));
    const std::vector<std::string> arguments(given.begin() + (given.empty() ? 0 : 1), given.end());
    app::mask_secret_arguments(given);
    try {
        const app::Environment environment = app::environment_of(environ);
        const SystemClock clock;
        crypto::SystemRandom random;
        app::CommandContext context{.out = std::cout,
                                    .error = std::cerr,
                                    .in = std::cin,
                                    .environment = environment,
                                    .clock = clock,
                                    .random = random,
                                    .make_http = make_http,
                                    .serve = app::serve,
                                    .on_terminal = ::isatty(STDERR_FILENO) == 1};
        return app::run_command_line(context, arguments);
    } catch (const std::exception& exception) {
        std::cerr << "evergrant: " << exception.what() << '\n';
        return std::to_underlying(app::ExitCode::failed);
    }
}
