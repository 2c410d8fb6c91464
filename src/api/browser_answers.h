#pragma once
//
// What goes between browsers and this server besides pages: redirects, the cookie by which a browser is known again,
// and whether a form is our own. Rows C4 and S2 of docs/security.md.
//
#include "base/secret.h"
#include "net/http_message.h"

#include <chrono>
#include <string>

namespace evergrant::api {

/// What the browser holds; empty: nothing. `secure`: browsers reach this server by https.
[[nodiscard]] SecretString browser_cookie(const net::Request& request, bool secure);

/// Has the browser hold `secret` for `life`, in place of what it held.
void set_browser_cookie(net::Response* response, const SecretString& secret, std::chrono::seconds life, bool secure);

/// For this once, to be kept by no cache.
[[nodiscard]] net::Response redirect(std::string location);

/// A browser says where a form comes from; what is no browser says nothing.
[[nodiscard]] bool is_another_sites_form(const net::Request& request);

}  // namespace evergrant::api
