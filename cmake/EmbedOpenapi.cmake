# Compiles docs/openapi.json into the api library: the server serves the contract it was built with.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/docs/openapi.json")
file(READ "${PROJECT_SOURCE_DIR}/docs/openapi.json" openapi_text)
file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/generated/openapi_document.cpp" @ONLY CONTENT
"#include \"api/openapi_document.h\"

namespace evergrant::api {

std::string_view openapi_document() noexcept {
    return R\"openapi(@openapi_text@)openapi\";
}

}  // namespace evergrant::api
")
target_sources(evergrant_api PRIVATE "${PROJECT_BINARY_DIR}/generated/openapi_document.cpp")
