#include "catalog/url_rule.h"

#include <boost/url/host_type.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>

namespace evergrant::catalog {

namespace urls = boost::urls;

namespace {

bool is_loopback(const urls::url_view& url) {
    switch (url.host_type()) {
        case urls::host_type::ipv4: return url.host_ipv4_address().is_loopback();
        case urls::host_type::ipv6: return url.host_ipv6_address().is_loopback();
        default: return url.host() == "localhost";
    }
}

bool climbs(const urls::url_view& url) {
    const auto segments = url.segments();
    return std::any_of(segments.begin(), segments.end(), [](const auto& segment) { return segment == ".."; });
}

}  // namespace

Result<void> check_catalogue_url(std::string_view text) {
    const auto parsed = urls::parse_uri({text.data(), text.size()});
    if (!parsed)
        return failure(Errc::invalid_request, "must be an https URL");
    const urls::url_view& url = *parsed;
    const bool plain_http = url.scheme_id() == urls::scheme::http;
    if (!plain_http && url.scheme_id() != urls::scheme::https)
        return failure(Errc::invalid_request, "must be an https URL");
    if (url.encoded_host().empty())
        return failure(Errc::invalid_request, "must be an https URL with a host");
    if (plain_http && !is_loopback(url))
        return failure(Errc::invalid_request, "must be an https URL; http is for loopback addresses alone");
    if (url.has_userinfo())
        return failure(Errc::invalid_request, "must not hold a user name or password");
    if (url.has_fragment())
        return failure(Errc::invalid_request, "must not hold a fragment (#)");
    if (climbs(url))
        return failure(Errc::invalid_request, "must not hold \"..\" in its path");
    return {};
}

}  // namespace evergrant::catalog
