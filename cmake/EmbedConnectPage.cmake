# Compiles the connect page's style and script into the api library: its pages load nothing from elsewhere.
foreach(file IN ITEMS connect.css connect.js)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/api/${file}")
endforeach()
file(READ "${PROJECT_SOURCE_DIR}/src/api/connect.css" connect_style)
file(READ "${PROJECT_SOURCE_DIR}/src/api/connect.js" connect_script)
file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/generated/connect_assets.cpp" @ONLY CONTENT
"#include \"api/connect_assets.h\"

namespace evergrant::api {

std::string_view connect_css() noexcept {
    return R\"connect(@connect_style@)connect\";
}

std::string_view connect_js() noexcept {
    return R\"connect(@connect_script@)connect\";
}

}  // namespace evergrant::api
")
target_sources(evergrant_api PRIVATE "${PROJECT_BINARY_DIR}/generated/connect_assets.cpp")
