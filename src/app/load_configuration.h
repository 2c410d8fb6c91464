#pragma once
//
// Puts the configuration together: defaults, then evergrant.yaml, then the environment, then flags; the later is
// stronger. Every problem is reported, not only the first.
//
#include "app/configuration.h"
#include "app/origin.h"
#include "app/setting.h"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::app {

/// A flag as it was given. A switch without a value: `true`.
struct FlagSetting {
    std::string flag{};
    Items items{};
};

struct ConfigurationSources {
    Environment environment{};
    std::vector<FlagSetting> flags{};
    std::optional<std::filesystem::path> file{};         ///< --config; else EVERGRANT_CONFIG
    std::filesystem::path usual_file{"evergrant.yaml"};  ///< read if it exists and no other is named
};

struct LoadedConfiguration {
    Configuration configuration;
    std::vector<Origin> origins;                 ///< of each of settings(), in their order
    std::vector<ConfigurationProblem> problems;  ///< with any of them the configuration is of no use
    std::vector<std::string> warnings;           ///< sentences

    [[nodiscard]] const Origin& origin_of(std::string_view setting) const;
};

[[nodiscard]] LoadedConfiguration load_configuration(const ConfigurationSources& sources);

/// What is wrong between settings that are each right: appended to `loaded.problems` by load_configuration.
[[nodiscard]] std::vector<ConfigurationProblem> contradictions(const LoadedConfiguration& loaded);

/// What a store cannot be opened without. Empty: nothing is missing.
[[nodiscard]] std::vector<std::string> missing_for_store(const Configuration& configuration);

}  // namespace evergrant::app
