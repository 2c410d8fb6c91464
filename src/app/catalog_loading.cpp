#include "app/catalog_loading.h"

namespace evergrant::app {

namespace {

void keep(std::vector<ConfigurationProblem>& all, const std::vector<catalog::Problem>& more) {
    for (const catalog::Problem& problem : more)
        all.push_back({"", problem.to_string()});
}

}  // namespace

CatalogOutcome load_catalog(const Configuration& configuration) {
    CatalogOutcome outcome{.catalog = catalog::Catalog::built_in(), .environment = {}, .problems = {}};
    for (const std::filesystem::path& folder : configuration.catalog)
        keep(outcome.problems, outcome.catalog.add_folder(folder));
    const std::vector<const catalog::Provider*> providers = outcome.catalog.all();
    outcome.environment = read_provider_environment(configuration.environment, providers, configuration.dev);
    for (const ConfigurationProblem& problem : outcome.environment.problems)
        outcome.problems.push_back(problem);
    return outcome;
}

}  // namespace evergrant::app
