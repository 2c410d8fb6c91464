#include "app/commands/config.h"

#include "app/configuration_report.h"
#include "app/table.h"

#include <boost/json/serialize.hpp>

#include <ostream>

namespace evergrant::app {

ExitCode run_config_check(CommandContext& context, const CommandLine& line) {
    const auto loaded = load_or_report(context, line);
    if (!loaded)
        return ExitCode::configuration;
    bool is_good = true;
    const auto refuse = [&](const std::string& sentence) {
        report(context, ExitCode::configuration, sentence);
        is_good = false;
    };
    for (const ConfigurationProblem& problem : load_catalog(loaded->configuration).problems)
        refuse(problem.to_string());
    for (const std::string& sentence : missing_for_store(loaded->configuration))
        refuse(sentence);
    for (const std::string& warning : loaded->warnings)
        context.error << "warning: " << warning << '\n';
    for (const std::string& sentence : advice(loaded->configuration))
        context.error << "note: " << sentence << '\n';
    if (!is_good)
        return ExitCode::configuration;
    context.out << "The configuration is good.\n";
    return ExitCode::ok;
}

ExitCode run_config_show(CommandContext& context, const CommandLine& line, const ConfigShow& order) {
    const auto loaded = load_or_report(context, line);
    if (!loaded)
        return ExitCode::configuration;
    const CatalogOutcome catalog = load_catalog(loaded->configuration);
    const auto values = shown_values(*loaded, catalog.environment);
    for (const ConfigurationProblem& problem : catalog.problems)
        report(context, ExitCode::configuration, problem.to_string());
    if (order.as_json) {
        context.out << boost::json::serialize(as_json(values, loaded->warnings)) << '\n';
    } else {
        std::vector<TableRow> rows{{"SETTING", "VALUE", "SOURCE"}};
        for (const ShownValue& shown : values)
            rows.push_back({shown.name, shown.value.empty() ? "-" : shown.value, shown.source});
        print_table(context.out, rows);
        for (const std::string& warning : loaded->warnings)
            context.error << "warning: " << warning << '\n';
    }
    return catalog.problems.empty() ? ExitCode::ok : ExitCode::configuration;
}

}  // namespace evergrant::app
