#pragma once
//
// What a URL in the catalogue may be. Pure, and only about the text: whether an address may be called is net's egress
// guard's business, at every connect.
//
#include "base/error.h"

#include <string_view>

namespace evergrant::catalog {

/// An absolute https URL with a host, without user information, fragment and `..`; http if the host is loopback.
/// Errors: invalid_request whose message ends a sentence: "… must be an https URL".
[[nodiscard]] Result<void> check_catalogue_url(std::string_view url);

}  // namespace evergrant::catalog
