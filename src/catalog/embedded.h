#pragma once
//
// The catalogue files that are compiled into the program. The definition is generated from catalog/ by the build.
//
#include <span>
#include <string_view>

namespace evergrant::catalog {

struct EmbeddedFile {
    std::string_view name;
    std::string_view text;
};

[[nodiscard]] std::span<const EmbeddedFile> embedded_files();

}  // namespace evergrant::catalog
