#include "app/commands/serve.h"

#include <utility>

namespace evergrant::app {

int run_serve(CommandContext& context, const CommandLine& line) {
    const auto loaded = load_or_report(context, line);
    if (!loaded)
        return std::to_underlying(ExitCode::configuration);
    for (const std::string& warning : loaded->warnings)
        report(context, ExitCode::ok, "warning: " + warning);
    const auto missing = missing_for_store(loaded->configuration);
    for (const std::string& sentence : missing)
        report(context, ExitCode::configuration, sentence);
    if (!missing.empty())
        return std::to_underlying(ExitCode::configuration);
    return context.serve(loaded->configuration);
}

}  // namespace evergrant::app
