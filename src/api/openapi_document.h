#pragma once
//
// The contract, docs/openapi.json, as it was when this binary was built.
//
#include <string_view>

namespace evergrant::api {

[[nodiscard]] std::string_view openapi_document() noexcept;

}  // namespace evergrant::api
