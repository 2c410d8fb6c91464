#pragma once
//
// What `config show` and `config check` say.
//
#include "app/catalog_loading.h"
#include "app/load_configuration.h"

#include <boost/json/object.hpp>

#include <iosfwd>
#include <string>
#include <vector>

namespace evergrant::app {

/// A value on its way to the screen: `****` for a secret.
struct ShownValue {
    std::string name;
    std::string value;  ///< empty: not set
    std::string source;
};

/// All settings in the table's order, then the app credentials that the environment gives.
[[nodiscard]] std::vector<ShownValue> shown_values(const LoadedConfiguration& loaded,
                                                   const ProviderEnvironment& environment);

/// {"settings":[{"name","value","source"}],"warnings":[…]}
[[nodiscard]] boost::json::object as_json(const std::vector<ShownValue>& values,
                                          const std::vector<std::string>& warnings);

/// What an operator should know although the server would start.
[[nodiscard]] std::vector<std::string> advice(const Configuration& configuration);

}  // namespace evergrant::app
