#pragma once
//
// Reads evergrant.yaml into the settings it names. Knows their names, not what their values may be.
//
#include "app/origin.h"
#include "app/setting.h"

#include <filesystem>
#include <string_view>
#include <vector>

namespace evergrant::app {

struct FileSetting {
    const Setting* setting{nullptr};
    Items items;
    Origin origin;
};

struct ConfigurationFile {
    std::vector<FileSetting> settings;
    std::vector<ConfigurationProblem> problems;
};

/// `name` is for messages. Unknown keys, keys given twice, and values of the wrong shape are problems.
[[nodiscard]] ConfigurationFile parse_configuration(std::string_view yaml, const std::string& name);

/// The same from disk; a file that cannot be read is a problem, and so is one that holds a secret and that every user
/// of the machine can read.
[[nodiscard]] ConfigurationFile read_configuration_file(const std::filesystem::path& file);

}  // namespace evergrant::app
