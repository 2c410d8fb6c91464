#include "oauth/smart_scopes.h"

#include <algorithm>
#include <array>
#include <utility>

namespace evergrant::oauth {

namespace {

bool is_resource_scope(std::string_view scope) {
    constexpr std::array<std::string_view, 3> contexts{"patient/", "user/", "system/"};
    return std::ranges::any_of(contexts, [scope](std::string_view context) { return scope.starts_with(context); });
}

/// SMART App Launch 2.2, scopes for requesting FHIR resources: the letters stand in this order, each at most once.
bool is_of_version_2(std::string_view letters) {
    constexpr std::string_view order = "cruds";
    std::size_t last = 0;
    for (const char letter : letters) {
        const std::size_t at = order.find(letter, last);
        if (at == std::string_view::npos)
            return false;
        last = at + 1;
    }
    return !letters.empty();
}

std::string of_version_1(const std::string& scope) {
    const std::string_view without_query = std::string_view(scope).substr(0, scope.find('?'));
    const std::size_t dot = without_query.rfind('.');
    if (!is_resource_scope(scope) || dot == std::string_view::npos)
        return scope;
    const std::string_view letters = without_query.substr(dot + 1);
    if (!is_of_version_2(letters))
        return scope;
    const bool reads = letters.find_first_of("rs") != std::string_view::npos;
    const bool writes = letters.find_first_of("cud") != std::string_view::npos;
    const std::string_view word = reads && writes ? "*" : reads ? "read" : "write";
    return std::string(without_query.substr(0, dot + 1)) + std::string(word);
}

bool has(const std::vector<std::string>& capabilities, std::string_view capability) {
    return std::ranges::find(capabilities, capability) != capabilities.end();
}

}  // namespace

std::vector<std::string> smart_scopes_for(const std::vector<std::string>& capabilities,
                                          std::vector<std::string> scopes) {
    if (!has(capabilities, "permission-v1") || has(capabilities, "permission-v2"))
        return scopes;
    std::ranges::transform(scopes, scopes.begin(), of_version_1);
    const auto [first, last] = std::ranges::unique(scopes);
    scopes.erase(first, last);
    return scopes;
}

}  // namespace evergrant::oauth
