# Compiles migrations/<engine>/NNNN_<what>.sql into evergrant_storage, so that the binary brings its own schema.
# They are numbered without gaps and never changed once released: a store only moves forward.
function(evergrant_embed_migrations engine)
  file(GLOB files CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/migrations/${engine}/*.sql")
  list(SORT files)
  set(rows "")
  set(expected 0)
  foreach(file IN LISTS files)
    math(EXPR expected "${expected} + 1")
    get_filename_component(name "${file}" NAME_WE)
    if(NOT name MATCHES "^0*${expected}_[a-z0-9_]+$")
      message(FATAL_ERROR "${file}: migration number ${expected} was expected here, as NNNN_what_it_does.sql")
    endif()
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
    file(READ "${file}" sql)
    string(APPEND rows "    {${expected}, \"${name}\", R\"sql(\n${sql})sql\"},\n")
  endforeach()
  set(generated "${PROJECT_BINARY_DIR}/generated/${engine}_migrations.cpp")
  file(CONFIGURE OUTPUT "${generated}" @ONLY CONTENT
"// Made from migrations/@engine@ by cmake/EmbedMigrations.cmake.
#include \"storage/migration.h\"

namespace evergrant::storage::@engine@ {

namespace {
constexpr Migration all[] = {
@rows@};
}  // namespace

std::span<const Migration> migrations() noexcept {
    return all;
}

}  // namespace evergrant::storage::@engine@
")
  target_sources(evergrant_storage PRIVATE "${generated}")
endfunction()

evergrant_embed_migrations(sqlite)
evergrant_embed_migrations(postgres)
