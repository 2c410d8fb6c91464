# Compiles docs/openapi.json into the api library: the server serves the contract it was built with.
# In pieces that end with a line: compilers need not take a literal of more than 64 KiB.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/docs/openapi.json")
file(READ "${PROJECT_SOURCE_DIR}/docs/openapi.json" openapi_text)
set(openapi_piece 40000)
set(openapi_pieces "")
string(LENGTH "${openapi_text}" openapi_left)
while(openapi_left GREATER openapi_piece)
  string(SUBSTRING "${openapi_text}" ${openapi_piece} -1 openapi_rest)
  string(FIND "${openapi_rest}" "\n" openapi_to_line_end)
  if(openapi_to_line_end EQUAL -1)
    break()
  endif()
  math(EXPR openapi_cut "${openapi_piece} + ${openapi_to_line_end} + 1")
  string(SUBSTRING "${openapi_text}" 0 ${openapi_cut} openapi_part)
  string(APPEND openapi_pieces "        R\"openapi(${openapi_part})openapi\",\n")
  string(SUBSTRING "${openapi_text}" ${openapi_cut} -1 openapi_text)
  string(LENGTH "${openapi_text}" openapi_left)
endwhile()
string(APPEND openapi_pieces "        R\"openapi(${openapi_text})openapi\",\n")
file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/generated/openapi_document.cpp" @ONLY CONTENT
"#include \"api/openapi_document.h\"

#include <string>

namespace evergrant::api {

std::string_view openapi_document() noexcept {
    static const std::string whole = [] {
        std::string text;
        const std::string_view pieces[] = {
@openapi_pieces@        };
        for (const std::string_view piece : pieces)
            text += piece;
        return text;
    }();
    return whole;
}

}  // namespace evergrant::api
")
target_sources(evergrant_api PRIVATE "${PROJECT_BINARY_DIR}/generated/openapi_document.cpp")
