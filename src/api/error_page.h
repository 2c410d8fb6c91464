#pragma once
//
// Pages for people whom an authorization brought here. Everything is escaped; nothing is loaded from anywhere.
// Row S3 of docs/security.md.
//
#include "base/error.h"
#include "net/http_message.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace evergrant::api {

[[nodiscard]] std::string html_escaped(std::string_view text);

/// Whether a page has a form, which then is sent to this server alone.
enum class Forms : std::uint8_t { none, to_this_server };

/// A page with the headers every page has: no scripts, no frames, no referrer, no caching.
[[nodiscard]] net::Response page(unsigned status, std::string_view title, std::string_view body_html,
                                 Forms forms = Forms::none);

/// What went wrong and what to do, for a person.
[[nodiscard]] net::Response error_page(const Error& error, std::string_view request_id);

}  // namespace evergrant::api
