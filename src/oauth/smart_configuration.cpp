#include "oauth/smart_configuration.h"

#include "oauth/answer_body.h"

#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <utility>

namespace evergrant::oauth {

namespace {

std::unexpected<Error> refused(std::string message) {
    return failure(Errc::provider_error, std::move(message));
}

/// SMART App Launch 2.2, using well-known: relative addresses are read from the FHIR base.
void make_absolute(boost::json::object& members, std::string_view name, const boost::urls::url_view& base) {
    const std::string_view text = text_member(members, name);
    if (text.empty() || boost::urls::parse_uri(text))
        return;
    const auto reference = boost::urls::parse_uri_reference(text);
    boost::urls::url absolute;
    if (reference && boost::urls::resolve(base, *reference, absolute))
        members[name] = std::string(absolute.buffer().data(), absolute.buffer().size());
}

}  // namespace

std::string smart_configuration_url(std::string_view fhir_base) {
    if (fhir_base.ends_with('/'))
        fhir_base.remove_suffix(1);
    return std::string(fhir_base) + "/.well-known/smart-configuration";
}

Result<ServerMetadata> read_smart_configuration(std::string_view document, std::string_view fhir_base) {
    auto members = read_json_object(document);
    if (!members)
        return refused("The FHIR server's SMART configuration is not a JSON object.");
    const std::string folder = std::string(fhir_base) + (fhir_base.ends_with('/') ? "" : "/");
    if (const auto base = boost::urls::parse_uri(folder)) {
        for (const std::string_view name :
             {"authorization_endpoint", "token_endpoint", "revocation_endpoint", "jwks_uri"})
            make_absolute(*members, name, *base);
    }
    auto metadata = read_endpoints(*members, fhir_base);
    if (!metadata)
        return metadata;
    if (metadata->token_endpoint.empty())
        return refused("The FHIR server's SMART configuration lacks its token_endpoint.");
    const auto& methods = metadata->code_challenge_methods;
    if (!methods.empty() && std::ranges::find(methods, "S256") == methods.end())
        return refused("The FHIR server offers no PKCE by S256, which SMART App Launch asks of every server.");
    return metadata;
}

}  // namespace evergrant::oauth
