#include "oauth/discovery.h"

#include "oauth/answer_body.h"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace evergrant::oauth {

namespace {

std::unexpected<Error> refused(std::string message) {
    return failure(Errc::provider_error, std::move(message));
}

std::vector<std::string> strings_of(const boost::json::object& members, std::string_view name) {
    std::vector<std::string> strings;
    const auto* const value = members.if_contains(name);
    const auto* const list = value == nullptr ? nullptr : value->if_array();
    if (list == nullptr)
        return strings;
    for (const auto& element : *list) {
        if (const auto* const text = element.if_string())
            strings.emplace_back(*text);
    }
    return strings;
}

/// RFC 8414 2 wants https. A browser is sent to one of these addresses, so that nothing else passes; plain http only
/// from an issuer that is itself asked over http, which the egress guard allows on loopback in development alone.
bool is_endpoint(std::string_view text, std::string_view issuer) {
    const auto url = boost::urls::parse_uri(text);
    if (url.has_error())
        return false;
    const bool right_scheme = url->scheme_id() == boost::urls::scheme::https ||
                              (url->scheme_id() == boost::urls::scheme::http && issuer.starts_with("http://"));
    return right_scheme && !url->host().empty() && !url->has_userinfo() && !url->has_fragment();
}

}  // namespace

std::string openid_configuration_url(std::string_view issuer) {
    if (issuer.ends_with('/'))
        issuer.remove_suffix(1);
    return std::string(issuer) + "/.well-known/openid-configuration";
}

Result<ServerMetadata> read_server_metadata(std::string_view document, std::string_view issuer) {
    const auto members = read_json_object(document);
    if (!members)
        return refused("The issuer's metadata is not a JSON object.");
    if (issuer.empty() || text_member(*members, "issuer") != issuer)
        return refused("The issuer's metadata names another issuer.");

    auto metadata = read_endpoints(*members, issuer);
    if (metadata && (metadata->authorization_endpoint.empty() || metadata->token_endpoint.empty()))
        return refused("The issuer's metadata lacks its authorization_endpoint or token_endpoint.");
    return metadata;
}

Result<ServerMetadata> read_endpoints(const boost::json::object& members, std::string_view asked_at) {
    ServerMetadata metadata;
    metadata.issuer = text_member(members, "issuer");
    metadata.authorization_endpoint = text_member(members, "authorization_endpoint");
    metadata.token_endpoint = text_member(members, "token_endpoint");
    metadata.revocation_endpoint = text_member(members, "revocation_endpoint");
    metadata.jwks_uri = text_member(members, "jwks_uri");
    if (const auto* const aliases = members.if_contains("mtls_endpoint_aliases");
        aliases != nullptr && aliases->is_object()) {
        metadata.mtls_token_endpoint = text_member(aliases->get_object(), "token_endpoint");
        metadata.mtls_revocation_endpoint = text_member(aliases->get_object(), "revocation_endpoint");
    }
    for (const std::string* endpoint :
         {&metadata.authorization_endpoint, &metadata.token_endpoint, &metadata.revocation_endpoint, &metadata.jwks_uri,
          &metadata.mtls_token_endpoint, &metadata.mtls_revocation_endpoint}) {
        if (!endpoint->empty() && !is_endpoint(*endpoint, asked_at))
            return refused("An address in the server's metadata is not an https URL.");
    }
    metadata.code_challenge_methods = strings_of(members, "code_challenge_methods_supported");
    metadata.token_endpoint_auth_methods = strings_of(members, "token_endpoint_auth_methods_supported");
    metadata.capabilities = strings_of(members, "capabilities");
    const auto* const advertised = members.if_contains("authorization_response_iss_parameter_supported");
    metadata.issuer_in_callback = advertised != nullptr && advertised->is_bool() && advertised->get_bool();
    return metadata;
}

}  // namespace evergrant::oauth
