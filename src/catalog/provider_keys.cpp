#include "catalog/provider_keys.h"

#include "catalog/node_reader.h"
#include "catalog/provider_reader.h"
#include "catalog/url_rule.h"

#include <algorithm>
#include <utility>

namespace evergrant::catalog {

namespace {

constexpr unsigned most_days = 3650;
constexpr unsigned most_seconds = 315'360'000;

constexpr std::array refresh_keys{
    Key<RefreshPolicy>{"policy", into_choice<&RefreshPolicy::kind, refresh_policy_choices>},
    Key<RefreshPolicy>{"grace_seconds", into_number<&RefreshPolicy::grace, std::chrono::seconds, 86'400>},
    Key<RefreshPolicy>{"idle_days", into_number<&RefreshPolicy::idle_life, std::chrono::days, most_days>},
    Key<RefreshPolicy>{"lifetime_days", into_number<&RefreshPolicy::life, std::chrono::days, most_days>},
};

constexpr std::array budget_keys{
    Key<RefreshBudget>{"tokens", into_number<&RefreshBudget::tokens, unsigned, 1'000'000>},
    Key<RefreshBudget>{"window_seconds", into_number<&RefreshBudget::window, std::chrono::seconds, 86'400>},
};

constexpr std::array rate_keys{
    Key<RateBudget>{"requests", into_number<&RateBudget::requests, unsigned, 1'000'000>},
    Key<RateBudget>{"seconds", into_number<&RateBudget::window, std::chrono::seconds, 86'400>},
};

template <std::optional<RateBudget> Budgets::* member>
void into_rate(ProblemList& problems, const YamlNode& node, Budgets& budgets) {
    RateBudget rate;
    read_mapping(problems, node, rate_keys, rate);
    for (const std::string_view key : names_of(rate_keys)) {
        if (node.kind == YamlNode::Kind::mapping && node.find(key) == nullptr)
            problems.report(node.line, "a rate of \"budgets\" lacks \"" + std::string(key) + "\"");
    }
    budgets.*member = rate;
}

constexpr std::array rates_keys{
    Key<Budgets>{"provider", into_rate<&Budgets::provider>},
    Key<Budgets>{"app", into_rate<&Budgets::app>},
    Key<Budgets>{"calls", into_rate<&Budgets::calls>},
    Key<Budgets>{"connection_calls", into_rate<&Budgets::connection_calls>},
};

constexpr std::array error_keys{
    Key<oauth::ErrorRule>{"status", into_number<&oauth::ErrorRule::http_status, unsigned, 599>},
    Key<oauth::ErrorRule>{"error", into_text<&oauth::ErrorRule::error>},
    Key<oauth::ErrorRule>{"body_contains", into_text<&oauth::ErrorRule::body_contains>},
    Key<oauth::ErrorRule>{"means", into_choice<&oauth::ErrorRule::meaning, failure_choices>},
};

constexpr std::array jwt_bearer_keys{
    Key<JwtBearerRules>{"subject", into_template<&JwtBearerRules::subject>},
    Key<JwtBearerRules>{"audience", into_template<&JwtBearerRules::audience>},
    Key<JwtBearerRules>{"scope", into_choice<&JwtBearerRules::scope, assertion_scope_choices>},
};

constexpr std::array callback_keys{
    Key<CallbackRules>{"parameters", into_text_map<&CallbackRules::parameters>},
    Key<CallbackRules>{"keep", into_texts<&CallbackRules::keep>},
    Key<CallbackRules>{"verify_hmac", into_flag<&CallbackRules::verify_hmac>},
    Key<CallbackRules>{"must_equal", into_template_map<&CallbackRules::must_equal>},
};

void read_id(ProblemList& problems, const YamlNode& node, Provider& provider) {
    const auto text = read_text(problems, node);
    if (!text)
        return;
    if (auto id = ProviderId::parse(*text))
        provider.id = std::move(*id);
    else
        problems.report(node.line,
                        "\"id\" must be letters, digits, \".\", \"_\" and \"-\", at most 128, from a letter or digit");
}

void read_grant_types(ProblemList& problems, const YamlNode& node, Provider& provider) {
    const auto words = read_texts(problems, node);
    if (!words)
        return;
    provider.grant_types.clear();
    for (const YamlNode& child : node.children) {
        const auto chosen = choose(grant_type_choices, child.text);
        if (chosen)
            provider.grant_types.push_back(*chosen);
        else if (std::ranges::find(*words, child.text) != words->end())
            report_bad_choice(problems, child, child.text, names_of(grant_type_choices));
    }
}

void read_client_auth(ProblemList& problems, const YamlNode& node, Provider& provider) {
    provider.client_auth_parameter.clear();
    if (node.kind != YamlNode::Kind::scalar || !node.text.starts_with("${")) {
        into_choice<&Provider::client_auth, client_auth_choices>(problems, node, provider);
        return;
    }
    const auto text = read_template(problems, node);
    if (!text)
        return;
    const std::vector<std::string> names = text->parameters();
    if (names.size() == 1 && text->text() == "${params." + names.front() + "}")
        provider.client_auth_parameter = names.front();
    else
        problems.report(node.line, "\"client_auth\" must be a method, or one ${params.<name>} alone");
}

void read_refresh(ProblemList& problems, const YamlNode& node, Provider& provider) {
    provider.refresh = {};
    read_mapping(problems, node, refresh_keys, provider.refresh);
    if (node.kind == YamlNode::Kind::mapping && node.find("policy") == nullptr)
        problems.report(node.line, "\"refresh\" lacks \"policy\"");
    const bool needs_grace = provider.refresh.kind == RefreshPolicyKind::rotates_with_grace;
    if (needs_grace && node.find("grace_seconds") == nullptr)
        problems.report(node.line, "\"refresh\" lacks \"grace_seconds\", which rotates_with_grace needs");
    if (const YamlNode* grace = node.find("grace_seconds"); grace != nullptr && !needs_grace)
        problems.report(grace->line, "\"grace_seconds\" is for the policy rotates_with_grace alone");
}

void read_refresh_budget(ProblemList& problems, const YamlNode& node, Provider& provider) {
    RefreshBudget budget;
    read_mapping(problems, node, budget_keys, budget);
    for (const std::string_view key : names_of(budget_keys)) {
        if (node.kind == YamlNode::Kind::mapping && node.find(key) == nullptr)
            problems.report(node.line, "\"refresh_budget\" lacks \"" + std::string(key) + "\"");
    }
    provider.refresh_budget = budget;
}

void read_budgets(ProblemList& problems, const YamlNode& node, Provider& provider) {
    provider.budgets = {};
    read_mapping(problems, node, rates_keys, provider.budgets);
}

void check_error_rule(ProblemList& problems, const YamlNode& node, const oauth::ErrorRule& rule) {
    if (node.find("means") == nullptr)
        problems.report(node.line, "a rule of \"errors\" lacks \"means\"");
    if (node.find("status") == nullptr && node.find("error") == nullptr && node.find("body_contains") == nullptr)
        problems.report(node.line, "a rule of \"errors\" needs \"status\", \"error\" or \"body_contains\"");
    const bool by_status_alone = rule.http_status && rule.error.empty() && rule.body_contains.empty();
    if (by_status_alone && rule.meaning == oauth::FailureClass::dead_grant)
        problems.report(node.line,
                        "a status alone cannot mean dead_grant: name the \"error\" or what the body contains");
    if (rule.http_status && *rule.http_status < 100)
        problems.report(node.line, "\"status\" must be a whole number from 100 to 599");
}

void read_errors(ProblemList& problems, const YamlNode& node, Provider& provider) {
    if (!is_list(problems, node))
        return;
    provider.errors.clear();
    for (const YamlNode& child : node.children) {
        oauth::ErrorRule rule;
        read_mapping(problems, child, error_keys, rule);
        if (child.kind != YamlNode::Kind::mapping)
            continue;
        check_error_rule(problems, child, rule);
        provider.errors.push_back(std::move(rule));
    }
}

void read_parameters(ProblemList& problems, const YamlNode& node, Provider& provider) {
    if (auto rules = read_value_rules(problems, node, RuleUse::parameter))
        provider.parameters = std::move(*rules);
}

void read_metadata(ProblemList& problems, const YamlNode& node, Provider& provider) {
    if (auto rules = read_value_rules(problems, node, RuleUse::metadata))
        provider.metadata = std::move(*rules);
}

void read_derived(ProblemList& problems, const YamlNode& node, Provider& provider) {
    if (auto derived = read_derived_parameters(problems, node))
        provider.derived_parameters = std::move(*derived);
}

void read_callback(ProblemList& problems, const YamlNode& node, Provider& provider) {
    provider.callback = {};
    read_mapping(problems, node, callback_keys, provider.callback);
}

void read_jwt_bearer(ProblemList& problems, const YamlNode& node, Provider& provider) {
    provider.jwt_bearer = {};
    read_mapping(problems, node, jwt_bearer_keys, provider.jwt_bearer);
}

void read_documentation_url(ProblemList& problems, const YamlNode& node, Provider& provider) {
    const auto url = read_text(problems, node);
    if (!url)
        return;
    if (const auto checked = check_catalogue_url(*url); !checked)
        problems.report(node.line, "\"documentation_url\" " + checked.error().message);
    provider.documentation_url = *url;
}

void read_authorization_scheme(ProblemList& problems, const YamlNode& node, Provider& provider) {
    if (node.kind == YamlNode::Kind::scalar && node.text.empty())
        provider.authorization_scheme.clear();
    else
        into_text<&Provider::authorization_scheme>(problems, node, provider);
}

void read_id_token_algorithm(ProblemList& problems, const YamlNode& node, Provider& provider) {
    const auto word = read_text(problems, node);
    if (!word)
        return;
    if (std::ranges::find(id_token_algorithms, *word) == id_token_algorithms.end())
        report_bad_choice(problems, node, *word, {id_token_algorithms.begin(), id_token_algorithms.end()});
    provider.id_token_signed_response_alg = *word;
}

void read_nothing(ProblemList&, const YamlNode&, Provider&) {}

constexpr std::array provider_keys{
    Key<Provider>{"id", read_id},
    Key<Provider>{"name", into_text<&Provider::name>},
    Key<Provider>{"description", into_text<&Provider::description>},
    Key<Provider>{"extends", read_nothing},  // read before all others
    Key<Provider>{"abstract", into_flag<&Provider::abstract>},
    Key<Provider>{"documentation_url", read_documentation_url},
    Key<Provider>{"logo", into_text<&Provider::logo>},
    Key<Provider>{"grant_types", read_grant_types},
    Key<Provider>{"issuer", into_template<&Provider::issuer>},
    Key<Provider>{"discovery", into_flag<&Provider::discovery>},
    Key<Provider>{"smart_discovery", into_flag<&Provider::smart_discovery>},
    Key<Provider>{"authorization_url", into_template<&Provider::authorization_url>},
    Key<Provider>{"token_url", into_template<&Provider::token_url>},
    Key<Provider>{"revocation_url", into_template<&Provider::revocation_url>},
    Key<Provider>{"jwks_url", into_template<&Provider::jwks_url>},
    Key<Provider>{"id_token_signed_response_alg", read_id_token_algorithm},
    Key<Provider>{"revocation_style", into_choice<&Provider::revocation_style, revocation_style_choices>},
    Key<Provider>{"revocation_ends", into_choice<&Provider::revocation_ends, revocation_ends_choices>},
    Key<Provider>{"api_base_url", into_template<&Provider::api_base_url>},
    Key<Provider>{"authorization_header", into_text<&Provider::authorization_header>},
    Key<Provider>{"authorization_scheme", read_authorization_scheme},
    Key<Provider>{"client_auth", read_client_auth},
    Key<Provider>{"assertion_audience", into_choice<&Provider::assertion_audience, assertion_audience_choices>},
    Key<Provider>{"assertion_algorithm", into_template<&Provider::assertion_algorithm>},
    Key<Provider>{"assertion_key", into_template<&Provider::assertion_key>},
    Key<Provider>{"jwt_bearer", read_jwt_bearer},
    Key<Provider>{"issuer_in_callback", into_flag<&Provider::issuer_in_callback>},
    Key<Provider>{"pkce", into_choice<&Provider::pkce, pkce_choices>},
    Key<Provider>{"scopes", into_texts<&Provider::scopes>},
    Key<Provider>{"scope_descriptions", into_text_map<&Provider::scope_descriptions>},
    Key<Provider>{"scope_separator", into_text<&Provider::scope_separator>},
    Key<Provider>{"authorization_params", into_template_map<&Provider::authorization_params>},
    Key<Provider>{"token_params", into_template_map<&Provider::token_params>},
    Key<Provider>{"refresh", read_refresh},
    Key<Provider>{"access_token_lifetime_seconds",
                  into_number<&Provider::access_token_lifetime, std::chrono::seconds, most_seconds>},
    Key<Provider>{"refresh_budget", read_refresh_budget},
    Key<Provider>{"budgets", read_budgets},
    Key<Provider>{"errors", read_errors},
    Key<Provider>{"parameters", read_parameters},
    Key<Provider>{"derived_parameters", read_derived},
    Key<Provider>{"metadata", read_metadata},
    Key<Provider>{"callback", read_callback},
    Key<Provider>{"health_probe", into_text<&Provider::health_probe>},
    Key<Provider>{"crm", into_text<&Provider::crm>},
    Key<Provider>{"crm_api", read_crm_api},
    Key<Provider>{"calendar", into_text<&Provider::calendar>},
};

}  // namespace

void read_provider_keys(ProblemList& problems, const YamlNode& root, Provider& provider) {
    read_mapping(problems, root, provider_keys, provider);
}

std::map<std::string_view, std::vector<std::string_view>> known_keys() {
    return {{"", names_of(provider_keys)},
            {"refresh", names_of(refresh_keys)},
            {"refresh_budget", names_of(budget_keys)},
            {"budgets", names_of(rates_keys)},
            {"errors", names_of(error_keys)},
            {"parameters", value_rule_keys()},
            {"derived_parameters", derived_parameter_keys()},
            {"metadata", value_rule_keys()},
            {"callback", names_of(callback_keys)},
            {"jwt_bearer", names_of(jwt_bearer_keys)},
            {"crm_api", crm_api_key_names()}};
}

}  // namespace evergrant::catalog
