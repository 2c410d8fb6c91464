# Compiles catalog/*.yaml into the catalog library, so that the binary knows its providers without a file beside it.
# Run as a script (cmake -P) it writes the source; included, it adds the rule that does so when a file changes.
if(CMAKE_SCRIPT_MODE_FILE)
  set(source "#include \"catalog/embedded.h\"\n\n#include <array>\n\nnamespace evergrant::catalog {\n\n")
  string(APPEND source "std::span<const EmbeddedFile> embedded_files() {\n    static constexpr std::array files{\n")
  file(GLOB files "${CATALOG_FOLDER}/*.yaml")
  list(SORT files)
  foreach(path IN LISTS files)
    get_filename_component(name "${path}" NAME)
    file(READ "${path}" text)
    string(APPEND source "        EmbeddedFile{\"catalog/${name}\", R\"yaml(${text})yaml\"},\n")
  endforeach()
  string(APPEND source "    };\n    return files;\n}\n\n}  // namespace evergrant::catalog\n")
  file(WRITE "${OUTPUT}" "${source}")
  return()
endif()

file(GLOB embedded_catalogue CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/catalog/*.yaml")
set(embedded_source "${PROJECT_BINARY_DIR}/generated/embedded_catalog.cpp")
add_custom_command(
  OUTPUT "${embedded_source}"
  COMMAND "${CMAKE_COMMAND}" -D "CATALOG_FOLDER=${PROJECT_SOURCE_DIR}/catalog" -D "OUTPUT=${embedded_source}"
          -P "${PROJECT_SOURCE_DIR}/cmake/EmbedCatalog.cmake"
  DEPENDS ${embedded_catalogue} "${PROJECT_SOURCE_DIR}/cmake/EmbedCatalog.cmake"
  COMMENT "Embedding catalog/*.yaml"
  VERBATIM)
target_sources(evergrant_catalog PRIVATE "${embedded_source}")
