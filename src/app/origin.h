#pragma once
//
// Where a setting's value came from, and what is wrong with one, said so that whoever wrote it finds the place.
//
#include <cstddef>
#include <cstdint>
#include <string>

namespace evergrant::app {

struct Origin {
    enum class Layer : std::uint8_t { default_value, file, environment, flag };

    Layer layer{Layer::default_value};
    std::string name{};   ///< the file, the variable, the flag
    std::size_t line{0};  ///< in a file

    /// `default`, `evergrant.yaml:12`, `environment PORT`, `flag --listen`.
    [[nodiscard]] std::string to_string() const;
};

struct ConfigurationProblem {
    std::string where{};    ///< `evergrant.yaml:12`, `environment`, `command line`
    std::string message{};  ///< begins with the setting as it is called there

    [[nodiscard]] std::string to_string() const { return where.empty() ? message : where + ": " + message; }
};

/// A problem with what was written at `origin` for the setting `name`; `predicate` completes the sentence.
[[nodiscard]] ConfigurationProblem problem_at(const Origin& origin, const std::string& name,
                                              const std::string& predicate);

}  // namespace evergrant::app
