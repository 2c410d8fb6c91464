#include "api/browser_answers.h"

#include <algorithm>
#include <string_view>

namespace evergrant::api {

namespace {

/// `__Host-` makes a browser refuse the cookie from anyone but this origin; it demands https.
std::string cookie_name(bool secure) {
    return secure ? "__Host-evergrant_browser" : "evergrant_browser";
}

}  // namespace

SecretString browser_cookie(const net::Request& request, bool secure) {
    const std::string wanted = cookie_name(secure) + "=";
    std::string_view cookies = request.header("cookie");
    while (!cookies.empty()) {
        std::string_view one = cookies.substr(0, cookies.find(';'));
        cookies.remove_prefix(std::min(cookies.size(), one.size() + 1));
        while (one.starts_with(' '))
            one.remove_prefix(1);
        if (one.starts_with(wanted))
            return SecretString(std::string(one.substr(wanted.size())));
    }
    return SecretString();
}

void set_browser_cookie(net::Response* response, const SecretString& secret, std::chrono::seconds life, bool secure) {
    // Lax, not Strict: the callback is a navigation that comes from the provider's site.
    response->headers.emplace_back("Set-Cookie", cookie_name(secure) + "=" + secret.reveal() +
                                                     "; Path=/; HttpOnly; SameSite=Lax; Max-Age=" +
                                                     std::to_string(life.count()) + (secure ? "; Secure" : ""));
}

net::Response redirect(std::string location) {
    net::Response response;
    response.status = 302;
    response.headers.emplace_back("Location", std::move(location));
    response.headers.emplace_back("Cache-Control", "no-store");
    response.headers.emplace_back("Referrer-Policy", "no-referrer");
    return response;
}

bool is_another_sites_form(const net::Request& request) {
    const std::string_view site = request.header("sec-fetch-site");
    return !site.empty() && site != "same-origin" && site != "none";
}

}  // namespace evergrant::api
