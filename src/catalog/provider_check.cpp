#include "catalog/choices.h"
#include "catalog/provider_keys.h"
#include "crypto/jwt_signer.h"

#include <algorithm>
#include <array>
#include <utility>

namespace evergrant::catalog {

namespace {

void check_required(ProblemList& problems, const YamlNode& root, const Provider& provider) {
    const auto missing = [&](std::string_view key, bool is_empty, std::string_view why) {
        if (is_empty && root.find(key) == nullptr)
            problems.report(line_for(root, {}), "\"" + std::string(key) + "\" is missing" + std::string(why));
    };
    missing("name", provider.name.empty(), "");
    missing("grant_types", provider.grant_types.empty(), "");
    if (const YamlNode* types = root.find("grant_types");
        types != nullptr && types->children.empty() && types->kind == YamlNode::Kind::sequence)
        problems.report(types->line, "\"grant_types\" is empty");
    if (provider.discovery) {
        missing("issuer", !provider.issuer, ", which discovery starts from");
        return;
    }
    if (provider.smart_discovery) {
        missing("api_base_url", !provider.api_base_url, ", the FHIR base that discovery starts from");
        if (provider.api_base_url && smart_base_parameter(provider).empty())
            problems.report(line_for(root, "api_base_url"),
                            "\"api_base_url\" must be a parameter, as \"smart_discovery\" has it: the FHIR base");
        return;
    }
    missing("token_url", !provider.token_url, "; or say \"discovery: true\"");
    if (provider.grants(GrantType::authorization_code))
        missing("authorization_url", !provider.authorization_url, ", which the grant type authorization_code needs");
}

void check_crm(ProblemList& problems, const YamlNode& root, const Provider& provider) {
    if (provider.crm == "rest" && !provider.crm_api)
        problems.report(line_for(root, "crm"), "\"crm: rest\" needs \"crm_api\", which says how the API is spoken to");
    if (provider.crm != "rest" && provider.crm_api)
        problems.report(line_for(root, "crm_api"), "\"crm_api\" is for \"crm: rest\" alone");
}

void check_discovery(ProblemList& problems, const YamlNode& root, const Provider& provider) {
    const std::array<std::pair<std::string_view, bool>, 3> endpoints{{
        {"authorization_url", provider.authorization_url.has_value()},
        {"token_url", provider.token_url.has_value()},
        {"jwks_url", provider.jwks_url.has_value()},
    }};
    for (const auto& [key, is_set] : endpoints) {
        if (provider.discovery && is_set)
            problems.report(line_for(root, key),
                            "\"" + std::string(key) + "\" and \"discovery: true\" exclude each other");
        if (provider.smart_discovery && is_set)
            problems.report(line_for(root, key),
                            "\"" + std::string(key) + "\" and \"smart_discovery: true\" exclude each other");
    }
    if (provider.discovery && provider.smart_discovery)
        problems.report(line_for(root, "smart_discovery"), "\"discovery\" and \"smart_discovery\" exclude each other");
}

void check_id_tokens(ProblemList& problems, const YamlNode& root, const Provider& provider) {
    if (provider.jwks_url && !provider.issuer && !provider.abstract)
        problems.report(line_for(root, "jwks_url"), "\"jwks_url\" needs \"issuer\", whose keys these are");
}

void check_reserved(ProblemList& problems, const YamlNode& root, std::string_view key,
                    const std::map<std::string, Template>& given, std::span<const std::string_view> reserved) {
    for (const auto& [name, text] : given) {
        if (std::ranges::find(reserved, name) != reserved.end())
            problems.report(line_for(root, key),
                            "\"" + std::string(key) + "\" may not set \"" + name + "\", which the protocol sets");
    }
}

void check_own_params(ProblemList& problems, const YamlNode& root, const Provider& provider) {
    static constexpr std::array<std::string_view, 8> of_authorization{
        "response_type", "client_id",      "redirect_uri",          "scope",
        "state",         "code_challenge", "code_challenge_method", "nonce"};
    static constexpr std::array<std::string_view, 10> of_token{
        "grant_type",    "code",          "redirect_uri", "client_id",        "client_secret",
        "refresh_token", "code_verifier", "scope",        "client_assertion", "client_assertion_type"};
    check_reserved(problems, root, "authorization_params", provider.authorization_params, of_authorization);
    check_reserved(problems, root, "token_params", provider.token_params, of_token);
}

void check_scopes(ProblemList& problems, const YamlNode& root, const Provider& provider) {
    constexpr std::size_t longest_separator = 4;
    if (provider.scope_separator.size() > longest_separator)
        problems.report(line_for(root, "scope_separator"), "\"scope_separator\" is longer than 4 characters");
    for (const std::string& scope : provider.scopes) {
        if (scope.contains(' ') || scope.contains(provider.scope_separator))
            problems.report(line_for(root, "scopes"), "the scope \"" + scope + "\" holds a separator: write a list");
    }
}

bool is_header_text(std::string_view text) {
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    return std::ranges::all_of(text, [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || marks.contains(c);
    });
}

void check_api(ProblemList& problems, const YamlNode& root, const Provider& provider) {
    if (!is_header_text(provider.authorization_header))
        problems.report(line_for(root, "authorization_header"), "\"authorization_header\" is not a header's name");
    if (!is_header_text(provider.authorization_scheme))
        problems.report(line_for(root, "authorization_scheme"), "\"authorization_scheme\" must be one word, or \"\"");
    if (!provider.logo.empty() && !is_valid_name(provider.logo))
        problems.report(line_for(root, "logo"), "\"logo\" must be letters, digits, \".\", \"_\" and \"-\"");
    if (provider.health_probe.empty())
        return;
    if (!provider.health_probe.starts_with('/') || provider.health_probe.contains("${"))
        problems.report(line_for(root, "health_probe"), "\"health_probe\" must be a path that begins with \"/\"");
    if (!provider.api_base_url && !provider.abstract && root.find("api_base_url") == nullptr)
        problems.report(line_for(root, "health_probe"), "\"health_probe\" needs \"api_base_url\"");
}

const ValueRule* find_parameter(const Provider& provider, std::string_view name) {
    const auto found = std::ranges::find(provider.parameters, name, &ValueRule::name);
    return found == provider.parameters.end() ? nullptr : &*found;
}

void check_client_auth(ProblemList& problems, const YamlNode& root, const Provider& provider) {
    if (provider.client_auth_parameter.empty())
        return;
    const ValueRule* rule = find_parameter(provider, provider.client_auth_parameter);
    if (rule == nullptr)
        return;
    const bool all_known = !rule->allowed.empty() && std::ranges::all_of(rule->allowed, [](const std::string& word) {
        return choose(client_auth_choices, word).has_value();
    });
    if (!all_known)
        problems.report(line_for(root, "client_auth"), "\"" + rule->name +
                                                           "\" chooses the client authentication: its \"allowed\" must "
                                                           "name methods of it alone");
}

/// A word that no key of ours can sign with would be found out by the first refresh.
void check_assertion_algorithm(ProblemList& problems, const YamlNode& root, const Provider& provider) {
    if (!provider.assertion_algorithm)
        return;
    const std::vector<std::string> parameters = provider.assertion_algorithm->parameters();
    const ValueRule* rule = parameters.empty() ? nullptr : find_parameter(provider, parameters.front());
    const std::vector<std::string> words = parameters.empty()
                                               ? std::vector{provider.assertion_algorithm->text()}
                                               : (rule == nullptr ? std::vector<std::string>{} : rule->allowed);
    const auto known = crypto::JwtSigner::algorithms();
    const bool all_known = std::ranges::all_of(
        words, [&](const std::string& word) { return std::ranges::find(known, word) != known.end(); });
    if (!all_known || (rule != nullptr && words.empty()))
        problems.report(line_for(root, "assertion_algorithm"),
                        "\"assertion_algorithm\" must be RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384 or "
                        "EdDSA, or a parameter whose \"allowed\" names those alone");
}

void check_derived(ProblemList& problems, const YamlNode& root, const Provider& provider) {
    const std::size_t line = line_for(root, "derived_parameters");
    for (const DerivedParameter& derived : provider.derived_parameters) {
        if (find_parameter(provider, derived.name) != nullptr)
            problems.report(line, "\"" + derived.name + "\" is in \"parameters\" too");
        const ValueRule* source = find_parameter(provider, derived.from);
        if (source == nullptr) {
            if (!derived.from.empty())
                problems.report(line, "\"" + derived.name + "\" follows from \"" + derived.from +
                                          "\", which \"parameters\" does not declare");
            continue;
        }
        for (const std::string& value : source->allowed) {
            if (!derived.values.contains(value))
                problems.report(line,
                                "\"" + derived.name + "\" has no value for the " + derived.from + " \"" + value + "\"");
        }
        for (const auto& [value, own] : derived.values) {
            if (!source->check(value))
                problems.report(
                    line, "\"" + derived.name + "\" has a value for \"" + value + "\", which is no " + derived.from);
        }
    }
}

}  // namespace

void check_provider(ProblemList& problems, const YamlNode& root, const Provider& provider) {
    if (!provider.abstract)
        check_required(problems, root, provider);
    check_crm(problems, root, provider);
    check_discovery(problems, root, provider);
    check_id_tokens(problems, root, provider);
    check_own_params(problems, root, provider);
    check_scopes(problems, root, provider);
    check_api(problems, root, provider);
    check_client_auth(problems, root, provider);
    check_assertion_algorithm(problems, root, provider);
    check_derived(problems, root, provider);
    check_templates(problems, root, provider);
}

std::size_t line_for(const YamlNode& root, std::string_view key) noexcept {
    for (const std::string_view wanted : {key, std::string_view("extends")}) {
        if (const YamlNode* node = root.find(wanted))
            return node->line;
    }
    return root.line;
}

}  // namespace evergrant::catalog
