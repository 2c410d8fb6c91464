#pragma once
//
// A store as the command line names it: `sqlite:DIR` or `postgresql://…`.
//
#include "base/secret.h"

#include <expected>
#include <filesystem>
#include <string>
#include <string_view>

namespace evergrant::app {

struct StoreName {
    std::filesystem::path folder;  ///< of the embedded store; empty: it is PostgreSQL's
    SecretString url;              ///< PostgreSQL's, as libpq reads it

    [[nodiscard]] bool is_embedded() const noexcept { return !folder.empty(); }
};

/// Errors: what is wrong, in a sentence.
[[nodiscard]] std::expected<StoreName, std::string> parse_store_name(std::string_view text);

}  // namespace evergrant::app
