#include "broker/redirects.h"

#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>

#include <algorithm>

namespace evergrant::broker {

namespace {

namespace urls = boost::urls;

bool is_host_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == ':' || c == '[' || c == ']';
}

std::string lower_case(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return lower;
}

/// scheme://host:port with the default port left out, lower case; empty if `url` has no origin we trust.
/// The URL library says whether it is a URL; the host is compared as it is written, because Boost.URL 1.81 reads the
/// host of http://127.0.0.1.example.com as 127.0.0.1.
std::string origin_of(std::string_view url) {
    constexpr std::string_view before_authority = "://";
    const auto parsed = urls::parse_uri(url);
    const std::size_t scheme_end = url.find(before_authority);
    if (!parsed || parsed->has_userinfo() || scheme_end == std::string_view::npos)
        return {};
    const std::string scheme = lower_case(url.substr(0, scheme_end));
    if (scheme != "https" && scheme != "http")
        return {};
    const std::string_view rest = url.substr(scheme_end + before_authority.size());
    std::string authority = lower_case(rest.substr(0, rest.find_first_of("/?#")));
    if (authority.empty() || !std::ranges::all_of(authority, is_host_character))
        return {};
    const std::string_view default_port = scheme == "https" ? ":443" : ":80";
    if (authority.ends_with(default_port))
        authority.resize(authority.size() - default_port.size());
    return scheme + std::string(before_authority) + authority;
}

bool is_allowed(const RedirectRules& rules, std::string_view origin) {
    return !origin.empty() && (origin == origin_of(rules.frontend_url) ||
                               std::ranges::any_of(rules.allowed_origins, [&](const std::string& known) {
                                   return origin == origin_of(known);
                               }));
}

std::string_view without_slash(std::string_view url) {
    while (url.ends_with('/'))
        url.remove_suffix(1);
    return url;
}

}  // namespace

std::string redirect_uri(const RedirectRules& rules, std::string_view registered, const ProviderId& provider,
                         const TenantId& tenant) {
    if (!registered.empty())
        return std::string(registered);
    const std::string shared = rules.base_url + "/api/oauth/callback";
    switch (rules.mode) {
        case RedirectUriMode::shared: return shared;
        case RedirectUriMode::per_provider: return shared + "/" + provider.str();
        case RedirectUriMode::per_context: return shared + "/" + provider.str() + "/" + tenant.str();
    }
    std::unreachable();
}

Result<void> check_redirect_to(const RedirectRules& rules, std::string_view url) {
    if (!is_allowed(rules, origin_of(url)))
        return invalid_field("redirectTo",
                             "redirectTo must be a URL of FRONTEND_URL's origin or of one in oauth.redirect_origins.");
    return {};
}

Result<std::string> check_return_origin(const RedirectRules& rules, std::string_view text) {
    constexpr std::string_view before_authority = "://";
    const std::size_t scheme_end = text.find(before_authority);
    const bool is_bare = scheme_end != std::string_view::npos &&
                         text.find_first_of("/?#", scheme_end + before_authority.size()) == std::string_view::npos;
    std::string origin = is_bare ? origin_of(text) : std::string();
    if (!is_allowed(rules, origin))
        return invalid_field(
            "returnOrigin",
            "returnOrigin must be an origin, such as https://app.example.com: FRONTEND_URL's or one of "
            "oauth.redirect_origins.");
    return origin;
}

std::string with_query(std::string_view url,
                       const std::vector<std::pair<std::string_view, std::string_view>>& parameters) {
    urls::url target(url);
    for (const auto& [name, value] : parameters)
        target.params().append({name, value});
    return std::string(target.buffer());
}

std::string authorize_path(const ConnectionKey& key, const ProviderId& provider) {
    std::string path = "/api/oauth/authorize/" + key.tenant.str() + "?provider=" + provider.str();
    if (key.integration.str() != provider.str())
        path += "&integrationId=" + key.integration.str();
    return path;
}

bool has_console(const RedirectRules& rules) {
    return without_slash(rules.frontend_url) != without_slash(rules.base_url);
}

std::string console_page(const RedirectRules& rules) {
    return std::string(without_slash(rules.frontend_url)) + "/admin";
}

std::string tenant_page(const RedirectRules& rules, const TenantId& tenant) {
    return console_page(rules) + "/clients/" + tenant.str();
}

}  // namespace evergrant::broker
