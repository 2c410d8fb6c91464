#pragma once
//
// Plain text in fields that providers show as HTML. Pure.
//
#include <string>
#include <string_view>

namespace evergrant::connectors {

/// The text as HTML that looks like it: nothing in it is a tag.
[[nodiscard]] std::string to_html(std::string_view text);

/// What a reader sees of HTML: without tags, a line for each break and paragraph.
[[nodiscard]] std::string text_of_html(std::string_view html);

}  // namespace evergrant::connectors
