#include "catalog/provider.h"

#include <algorithm>

namespace evergrant::catalog {

namespace {

/// Empty without a template, and when a parameter it names has no value.
std::string expanded(const std::optional<Template>& text, const Parameters& params) {
    if (!text)
        return {};
    const Parameters no_metadata;
    return text->expand({params, no_metadata}).value_or("");
}

}  // namespace

Assertion client_assertion_for(const Provider& provider, const Parameters& params, const Endpoints& endpoints) {
    const Parameters all = complete_parameters(provider, params);
    Assertion assertion;
    const bool by_issuer = provider.assertion_audience == AssertionAudience::issuer && !endpoints.issuer.empty();
    assertion.audience = by_issuer ? endpoints.issuer : endpoints.token_url;
    assertion.algorithm = expanded(provider.assertion_algorithm, all);
    if (assertion.algorithm.empty())
        assertion.algorithm = default_assertion_algorithm;
    assertion.key_id = expanded(provider.assertion_key, all);
    return assertion;
}

Assertion grant_assertion_for(const Provider& provider, const Parameters& params, const Endpoints& endpoints) {
    Assertion assertion = client_assertion_for(provider, params, endpoints);
    const Parameters all = complete_parameters(provider, params);
    if (std::string audience = expanded(provider.jwt_bearer.audience, all); !audience.empty())
        assertion.audience = std::move(audience);
    assertion.subject = expanded(provider.jwt_bearer.subject, all);
    return assertion;
}

}  // namespace evergrant::catalog
