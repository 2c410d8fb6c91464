#pragma once
//
// Catalog: every provider this server knows. The built-in entries are compiled in from catalog/*.yaml; more come from
// folders the operator names. Immutable once loaded; shared by all threads.
//
#include "base/error.h"
#include "catalog/problem.h"
#include "catalog/provider.h"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::catalog {

class Catalog {
public:
    /// The built-in entries alone.
    [[nodiscard]] static Catalog built_in();

    /// Adds every *.yaml and *.yml of `folder`, in whatever order `extends` needs; an entry with a known id replaces
    /// the earlier one, and may extend it. A file with a problem is left out, the others are added.
    [[nodiscard]] std::vector<Problem> add_folder(const std::filesystem::path& folder);

    /// Adds one entry from text; `file` is for messages. Nothing is added if there is a problem.
    [[nodiscard]] std::vector<Problem> add(std::string_view yaml, const std::string& file);

    [[nodiscard]] const Provider* find(const ProviderId& id) const noexcept;
    /// Errors: unknown_provider, with the nearest known id.
    [[nodiscard]] Result<const Provider*> get(std::string_view id) const;
    [[nodiscard]] std::vector<const Provider*> all() const;  ///< by id

private:
    std::map<ProviderId, Provider> entries_;  ///< those that are abstract too
};

/// A provider as `GET /api/providers/:id` and `evergrant providers show` present it.
[[nodiscard]] boost::json::object describe(const Provider& provider);

}  // namespace evergrant::catalog
