#include "catalog/provider.h"

#include "catalog/choices.h"

#include <algorithm>

namespace evergrant::catalog {

bool Provider::grants(GrantType type) const noexcept {
    return std::ranges::find(grant_types, type) != grant_types.end();
}

oauth::ClientAuthMethod client_auth_for(const Provider& provider, const Parameters& params) {
    if (provider.client_auth_parameter.empty())
        return provider.client_auth;
    const Parameters all = complete_parameters(provider, params);
    const auto chosen = all.find(provider.client_auth_parameter);
    if (chosen == all.end())
        return provider.client_auth;
    return choose(client_auth_choices, chosen->second).value_or(provider.client_auth);
}

Result<std::map<std::string, std::string>> expand_all(const std::map<std::string, Template>& templates,
                                                      const Parameters& params) {
    std::map<std::string, std::string> expanded;
    const Parameters no_metadata;
    for (const auto& [name, text] : templates) {
        const std::vector<std::string> needed = text.parameters();
        if (!std::ranges::all_of(needed, [&](const std::string& parameter) { return params.contains(parameter); }))
            continue;
        auto value = text.expand({params, no_metadata});
        if (!value)
            return std::unexpected(std::move(value).error());
        if (!value->empty())
            expanded.emplace(name, std::move(*value));
    }
    return expanded;
}

std::string_view name_of(RefreshPolicyKind kind) noexcept {
    return word_for(refresh_policy_choices, kind);
}

std::string_view name_of(Pkce pkce) noexcept {
    return word_for(pkce_choices, pkce);
}

std::string_view name_of(AssertionAudience audience) noexcept {
    return word_for(assertion_audience_choices, audience);
}

}  // namespace evergrant::catalog
