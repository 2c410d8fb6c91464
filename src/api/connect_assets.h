#pragma once
//
// The connect page's style and script, src/api/connect.css and connect.js, as they were when this binary was built.
//
#include <string_view>

namespace evergrant::api {

[[nodiscard]] std::string_view connect_css() noexcept;
[[nodiscard]] std::string_view connect_js() noexcept;

}  // namespace evergrant::api
