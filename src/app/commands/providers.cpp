#include "app/commands/providers.h"

#include "app/catalog_loading.h"
#include "app/private_file.h"
#include "app/table.h"

#include <boost/json/serialize.hpp>

#include <ostream>

namespace evergrant::app {

namespace {

/// The catalogue, or nothing after its problems were printed.
std::optional<catalog::Catalog> catalog_or_report(CommandContext& context, const CommandLine& line) {
    const auto loaded = load_or_report(context, line);
    if (!loaded)
        return std::nullopt;
    CatalogOutcome outcome = load_catalog(loaded->configuration);
    for (const ConfigurationProblem& problem : outcome.problems)
        report(context, ExitCode::configuration, problem.to_string());
    if (!outcome.problems.empty())
        return std::nullopt;
    return std::move(outcome.catalog);
}

std::string grants_of(const catalog::Provider& provider) {
    std::string text;
    for (const catalog::GrantType type : provider.grant_types)
        text += (text.empty() ? "" : ",") + std::string(oauth::name_of(type));
    return text;
}

}  // namespace

ExitCode run_providers_list(CommandContext& context, const CommandLine& line, const ProvidersList& order) {
    const auto catalog = catalog_or_report(context, line);
    if (!catalog)
        return ExitCode::configuration;
    boost::json::array entries;
    std::vector<TableRow> rows{{"ID", "NAME", "GRANTS", "DOCUMENTATION"}};
    for (const catalog::Provider* provider : catalog->all()) {
        entries.push_back(catalog::describe(*provider));
        rows.push_back({provider->id.str(), provider->name, grants_of(*provider), provider->documentation_url});
    }
    if (order.as_json)
        context.out << boost::json::serialize(entries) << '\n';
    else
        print_table(context.out, rows);
    return ExitCode::ok;
}

ExitCode run_providers_show(CommandContext& context, const CommandLine& line, const ProvidersShow& order) {
    const auto catalog = catalog_or_report(context, line);
    if (!catalog)
        return ExitCode::configuration;
    const auto provider = catalog->get(order.id);
    if (!provider)
        return report(context, ExitCode::failed, provider.error().message);
    context.out << boost::json::serialize(catalog::describe(**provider)) << '\n';
    return ExitCode::ok;
}

ExitCode run_providers_check(CommandContext& context, const CommandLine& line, const ProvidersCheck& order) {
    auto catalog = catalog_or_report(context, line);
    if (!catalog)
        return ExitCode::configuration;
    bool is_good = true;
    for (const std::filesystem::path& file : order.files) {
        std::vector<catalog::Problem> problems;
        if (const auto text = read_file(file))
            problems = catalog->add(*text, file.string());
        else
            problems.push_back({.file = file.string(), .line = 0, .message = "the file " + text.error()});
        for (const catalog::Problem& problem : problems)
            context.error << problem.to_string() << '\n';
        if (problems.empty())
            context.out << file.string() << ": good\n";
        is_good = is_good && problems.empty();
    }
    return is_good ? ExitCode::ok : ExitCode::failed;
}

}  // namespace evergrant::app
