#include "broker/redirects.h"

#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>

#include <algorithm>

namespace evergrant::broker {

namespace {

namespace urls = boost::urls;

/// scheme://host:port with the default port left out, lower case; empty if `url` has no origin we trust.
std::string origin_of(std::string_view url) {
    const auto parsed = urls::parse_uri(url);
    if (!parsed || parsed->has_userinfo() || parsed->host().empty())
        return {};
    urls::url normal(*parsed);
    normal.normalize_scheme();
    normal.normalize_authority();
    const std::string scheme = normal.scheme();
    if (scheme != "https" && scheme != "http")
        return {};
    std::string origin = scheme + "://" + std::string(normal.encoded_host());
    const std::string port = normal.port();
    const bool default_port =
        port.empty() || (scheme == "https" && port == "443") || (scheme == "http" && port == "80");
    return default_port ? origin : origin + ":" + port;
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
    const std::string origin = origin_of(url);
    const bool allowed = !origin.empty() && (origin == origin_of(rules.frontend_url) ||
                                             std::ranges::any_of(rules.allowed_origins, [&](const std::string& known) {
                                                 return origin == origin_of(known);
                                             }));
    if (!allowed)
        return invalid_field("redirectTo",
                             "redirectTo must be a URL of FRONTEND_URL's origin or of one in oauth.redirect_origins.");
    return {};
}

std::string with_query(std::string_view url,
                       const std::vector<std::pair<std::string_view, std::string_view>>& parameters) {
    urls::url target(url);
    for (const auto& [name, value] : parameters)
        target.params().append({name, value});
    return std::string(target.buffer());
}

std::string tenant_page(const RedirectRules& rules, const TenantId& tenant) {
    std::string base = rules.frontend_url;
    while (base.ends_with('/'))
        base.pop_back();
    return base + "/admin/clients/" + tenant.str();
}

}  // namespace evergrant::broker
