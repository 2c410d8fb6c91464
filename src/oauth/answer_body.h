#pragma once
//
// Reads the body of a back-channel answer as far as it can be read. Goes by the body rather than by what its
// Content-Type claims: providers send JSON as text/html and forms as text/plain. Pure.
//
#include "oauth/token_response.h"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace evergrant::oauth {

/// The members of a JSON object (at most 1 MiB and 64 deep), or the parameters of a form that holds `access_token` or
/// `error`. Nothing: HTML, empty, truncated, or something else.
[[nodiscard]] std::optional<boost::json::object> read_body(const BackChannelAnswer& answer);

/// Like read_body for a document that must be JSON.
[[nodiscard]] std::optional<boost::json::object> read_json_object(std::string_view text);

/// A member's text; empty if it is missing or no string. Lives as long as `members`.
[[nodiscard]] std::string_view text_member(const boost::json::object& members, std::string_view name) noexcept;

/// Whether the answer says that something went wrong, in whatever form.
[[nodiscard]] bool tells_error(const boost::json::object& members) noexcept;

/// The provider's code for what went wrong, as it came: the `error` member, or a code within it. May be empty.
[[nodiscard]] std::string error_code(const boost::json::object& members);

}  // namespace evergrant::oauth
