#include "catalog/provider.h"

#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <utility>

namespace evergrant::catalog {

namespace {

/// Empty without a template, and when a parameter it names was not given.
Result<std::string> expand_optional(const std::optional<Template>& url, const TemplateValues& values) {
    if (!url)
        return std::string{};
    const std::vector<std::string> needed = url->parameters();
    const auto given = [&](const std::string& name) { return values.params.contains(name); };
    if (!std::ranges::all_of(needed, given))
        return std::string{};
    return url->expand_url(values);
}

std::unexpected<Error> refused_metadata(const ValueRule& rule) {
    return failure(Errc::egress_denied,
                   "The provider's \"" + rule.name + "\" is not one that its catalogue entry allows.");
}

std::unexpected<Error> missing_metadata(const std::string& name) {
    return failure(Errc::provider_error, "The provider's answer held no \"" + name + "\".");
}

/// The strings that rules govern, defaults filled in, all checked.
Result<Parameters> checked_metadata(const Provider& provider, const boost::json::object& metadata) {
    Parameters checked;
    for (const ValueRule& rule : provider.metadata) {
        const boost::json::value* given = metadata.if_contains(rule.name);
        if (given == nullptr || given->is_null()) {
            if (!rule.default_value.empty())
                checked.emplace(rule.name, rule.default_value);
            else if (rule.required)
                return missing_metadata(rule.name);
            continue;
        }
        const boost::json::string* text = given->if_string();
        if (text == nullptr || !rule.check({text->data(), text->size()}))
            return refused_metadata(rule);
        checked.emplace(rule.name, std::string(text->data(), text->size()));
    }
    return checked;
}

}  // namespace

Result<Endpoints> resolve_endpoints(const Provider& provider, const Parameters& params) {
    const Parameters all = complete_parameters(provider, params);
    const Parameters no_metadata;
    const TemplateValues values{all, no_metadata};
    Endpoints endpoints;
    endpoints.issuer_in_callback = provider.issuer_in_callback;
    const std::array<std::pair<const std::optional<Template>*, std::string*>, 5> wanted{{
        {&provider.issuer, &endpoints.issuer},
        {&provider.authorization_url, &endpoints.authorization_url},
        {&provider.token_url, &endpoints.token_url},
        {&provider.revocation_url, &endpoints.revocation_url},
        {&provider.jwks_url, &endpoints.jwks_url},
    }};
    for (const auto& [url, endpoint] : wanted) {
        auto expanded = expand_optional(*url, values);
        if (!expanded)
            return std::unexpected(std::move(expanded).error());
        *endpoint = std::move(*expanded);
    }
    if (endpoints.token_url.empty() && provider.token_url) {
        for (const std::string& name : provider.token_url->parameters()) {
            if (!all.contains(name))
                return invalid_field("params." + name, "\"" + name + "\" is required.");
        }
    }
    return endpoints;
}

std::string smart_base_parameter(const Provider& provider) {
    constexpr std::string_view prefix = "params.";
    if (!provider.smart_discovery || !provider.api_base_url)
        return {};
    const std::string reference = provider.api_base_url->leading_reference();
    return reference.starts_with(prefix) ? reference.substr(prefix.size()) : std::string();
}

bool decides_who_gets_the_secret(const Provider& provider, std::string_view parameter) {
    const auto rule = std::ranges::find(provider.parameters, parameter, &ValueRule::name);
    if (rule == provider.parameters.end() || !rule->allowed.empty())
        return false;
    std::vector<const std::optional<Template>*> asked{&provider.token_url, &provider.revocation_url};
    if (provider.discovery)
        asked.push_back(&provider.issuer);
    if (provider.smart_discovery)
        asked.push_back(&provider.api_base_url);
    return std::ranges::any_of(asked, [parameter](const std::optional<Template>* url) {
        return *url && (*url)->leading_reference() == "params." + std::string(parameter);
    });
}

Result<std::string> resolve_api_base(const Provider& provider, const Parameters& params,
                                     const boost::json::object& metadata) {
    const auto checked = checked_metadata(provider, metadata);
    if (!checked)
        return std::unexpected(checked.error());
    if (!provider.api_base_url)
        return std::string{};
    for (const std::string& name : provider.api_base_url->metadata()) {
        if (!checked->contains(name))
            return missing_metadata(name);
    }
    const Parameters all = complete_parameters(provider, params);
    return expand_optional(provider.api_base_url, {all, *checked});
}

Result<void> check_metadata(const Provider& provider, const boost::json::object& metadata) {
    if (const auto checked = checked_metadata(provider, metadata); !checked)
        return std::unexpected(checked.error());
    return {};
}

}  // namespace evergrant::catalog
