#pragma once
//
// The catalogue a configuration asks for: the built-in entries, its folders, and the endpoints that the environment
// puts in place of theirs.
//
#include "app/configuration.h"
#include "app/provider_environment.h"
#include "catalog/catalog.h"

namespace evergrant::app {

struct CatalogOutcome {
    catalog::Catalog catalog;
    ProviderEnvironment environment;
    std::vector<ConfigurationProblem> problems;  ///< of the folders and of the environment
};

[[nodiscard]] CatalogOutcome load_catalog(const Configuration& configuration);

}  // namespace evergrant::app
