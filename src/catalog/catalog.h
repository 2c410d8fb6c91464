#pragma once
//
// Catalog: every provider this server knows. The built-in entries are compiled in from catalog/*.yaml; more come from
// folders the operator names. Immutable once loaded; shared by all threads.
//
#include "base/error.h"
#include "catalog/provider.h"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::catalog {

/// What is wrong with a catalogue file: `file:line: message`, the message with the nearest known key where one is near.
struct Problem {
    std::string file;
    std::size_t line{0};
    std::string message;

    [[nodiscard]] std::string to_string() const;
};

/// Reads one provider from YAML text. All problems are reported, not only the first. `base` names another entry to
/// start from; `find_base` looks it up.
struct ReadOutcome {
    std::optional<Provider> provider;
    std::vector<Problem> problems;
};

class Catalog {
public:
    /// The built-in entries alone.
    [[nodiscard]] static Catalog built_in();

    /// Adds every *.yaml and *.yml of `folder`; an entry with a known id replaces the earlier one.
    [[nodiscard]] std::vector<Problem> add_folder(const std::filesystem::path& folder);

    /// Adds one entry from text; `file` is for messages. Nothing is added if there is a problem.
    [[nodiscard]] std::vector<Problem> add(std::string_view yaml, const std::string& file);

    [[nodiscard]] const Provider* find(const ProviderId& id) const noexcept;
    /// Errors: unknown_provider, with the nearest known id.
    [[nodiscard]] Result<const Provider*> get(std::string_view id) const;
    [[nodiscard]] std::vector<const Provider*> all() const;  ///< by id

private:
    std::map<ProviderId, Provider> providers_;
};

/// A provider as `GET /api/providers/:id` and `evergrant providers show` present it.
[[nodiscard]] boost::json::object describe(const Provider& provider);

}  // namespace evergrant::catalog
