#pragma once
//
// Catalogue file: one provider as a person wrote it. Parsing tells its id and what it extends; reading, which needs
// the entries it may extend, gives the Provider or everything that is wrong with it.
//
#include "catalog/problem.h"
#include "catalog/provider.h"
#include "catalog/yaml_tree.h"

#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::catalog {

/// Either a provider and no problem, or problems and no provider.
struct ReadOutcome {
    std::optional<Provider> provider;
    std::vector<Problem> problems;
};

class CatalogueFile {
public:
    /// `file` is for messages. Errors: the text is not YAML, or too much of it.
    [[nodiscard]] static std::expected<CatalogueFile, Problem> parse(std::string_view yaml, std::string file);

    [[nodiscard]] const std::string& file() const noexcept { return file_; }
    /// As they stand in the file, unchecked; empty when there is none.
    [[nodiscard]] std::string_view id() const noexcept;
    [[nodiscard]] std::string_view extends() const noexcept;
    [[nodiscard]] std::size_t line_of(std::string_view key) const noexcept;

    /// `known` are the entries that this one may extend, abstract ones among them.
    [[nodiscard]] ReadOutcome read(const std::map<ProviderId, Provider>& known) const;

private:
    CatalogueFile(std::string file, YamlNode root) : file_(std::move(file)), root_(std::move(root)) {}

    std::string file_;
    YamlNode root_;
};

/// The keys a file may hold: of the file itself under "", of a nested object under the name of its key. What the
/// published schema is compared with.
[[nodiscard]] std::map<std::string_view, std::vector<std::string_view>> known_keys();

}  // namespace evergrant::catalog
