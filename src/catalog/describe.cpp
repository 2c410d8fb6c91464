#include "catalog/catalog.h"
#include "catalog/choices.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <utility>

namespace evergrant::catalog {

namespace {

namespace json = boost::json;

json::array to_array(const std::vector<std::string>& texts) {
    return json::array(texts.begin(), texts.end());
}

void put_text(json::object& object, std::string_view key, const std::string& text) {
    if (!text.empty())
        object[key] = text;
}

void put_template(json::object& object, std::string_view key, const std::optional<Template>& text) {
    if (text)
        object[key] = text->text();
}

template <class Duration>
void put_number(json::object& object, std::string_view key, const std::optional<Duration>& duration) {
    if (duration)
        object[key] = std::int64_t{duration->count()};
}

json::object to_object(const std::map<std::string, Template>& templates) {
    json::object object;
    for (const auto& [name, text] : templates)
        object[name] = text.text();
    return object;
}

json::array describe_rules(const std::vector<ValueRule>& rules) {
    json::array described;
    for (const ValueRule& rule : rules) {
        json::object object{{"name", rule.name}, {"required", rule.required}};
        put_text(object, "description", rule.description);
        put_text(object, "example", rule.example);
        put_text(object, "pattern", rule.pattern);
        put_text(object, "default", rule.default_value);
        put_text(object, "label", rule.label);
        if (rule.asked_of == AskedOf::person)
            object["askedOf"] = "person";
        if (!rule.allowed.empty())
            object["allowed"] = to_array(rule.allowed);
        described.emplace_back(std::move(object));
    }
    return described;
}

json::object describe_refresh(const RefreshPolicy& refresh) {
    json::object object;
    object["policy"] = name_of(refresh.kind);
    if (refresh.kind == RefreshPolicyKind::rotates_with_grace)
        object["graceSeconds"] = std::int64_t{refresh.grace.count()};
    put_number(object, "idleDays", refresh.idle_life);
    put_number(object, "lifetimeDays", refresh.life);
    return object;
}

void put_endpoints(json::object& object, const Provider& provider) {
    put_template(object, "issuer", provider.issuer);
    object["discovery"] = provider.discovery;
    if (provider.smart_discovery)
        object["smartDiscovery"] = true;
    put_template(object, "authorizationUrl", provider.authorization_url);
    put_template(object, "tokenUrl", provider.token_url);
    put_template(object, "revocationUrl", provider.revocation_url);
    put_template(object, "jwksUrl", provider.jwks_url);
    put_text(object, "idTokenSignedResponseAlg", provider.id_token_signed_response_alg);
    object["revocationStyle"] = word_for(revocation_style_choices, provider.revocation_style);
    object["revocationEnds"] = word_for(revocation_ends_choices, provider.revocation_ends);
    put_template(object, "apiBaseUrl", provider.api_base_url);
    object["authorizationHeader"] = provider.authorization_header;
    object["authorizationScheme"] = provider.authorization_scheme;
    put_text(object, "healthProbe", provider.health_probe);
    put_text(object, "crm", provider.crm);
    put_text(object, "calendar", provider.calendar);
}

void put_budgets(json::object& object, const Provider& provider) {
    if (provider.refresh_budget)
        object["refreshBudget"] = {{"tokens", provider.refresh_budget->tokens},
                                   {"windowSeconds", std::int64_t{provider.refresh_budget->window.count()}}};
    json::object budgets;
    for (const auto& [name, budget] :
         {std::pair("provider", provider.budgets.provider), std::pair("app", provider.budgets.app),
          std::pair("calls", provider.budgets.calls), std::pair("connectionCalls", provider.budgets.connection_calls)})
        if (budget)
            budgets[name] = {{"requests", budget->requests}, {"seconds", std::int64_t{budget->window.count()}}};
    if (!budgets.empty())
        object["budgets"] = std::move(budgets);
}

void put_protocol(json::object& object, const Provider& provider) {
    object["clientAuth"] = provider.client_auth_parameter.empty()
                               ? std::string(word_for(client_auth_choices, provider.client_auth))
                               : "${params." + provider.client_auth_parameter + "}";
    object["assertionAudience"] = name_of(provider.assertion_audience);
    put_template(object, "assertionAlgorithm", provider.assertion_algorithm);
    put_template(object, "assertionKey", provider.assertion_key);
    if (provider.grants(GrantType::jwt_bearer)) {
        json::object bearer{{"scope", word_for(assertion_scope_choices, provider.jwt_bearer.scope)}};
        put_template(bearer, "subject", provider.jwt_bearer.subject);
        put_template(bearer, "audience", provider.jwt_bearer.audience);
        object["jwtBearer"] = std::move(bearer);
    }
    object["pkce"] = name_of(provider.pkce);
    object["scopes"] = to_array(provider.scopes);
    json::object scope_descriptions;
    for (const auto& [scope, words] : provider.scope_descriptions)
        scope_descriptions[scope] = words;
    if (!scope_descriptions.empty())
        object["scopeDescriptions"] = std::move(scope_descriptions);
    object["scopeSeparator"] = provider.scope_separator;
    object["authorizationParams"] = to_object(provider.authorization_params);
    object["tokenParams"] = to_object(provider.token_params);
    object["refresh"] = describe_refresh(provider.refresh);
    put_number(object, "accessTokenLifetimeSeconds", provider.access_token_lifetime);
    put_budgets(object, provider);
}

}  // namespace

json::object describe(const Provider& provider) {
    json::object object{{"id", provider.id.str()}, {"name", provider.name}};
    put_text(object, "description", provider.description);
    put_text(object, "documentationUrl", provider.documentation_url);
    put_text(object, "logo", provider.logo);
    json::array grant_types;
    for (const GrantType type : provider.grant_types)
        grant_types.emplace_back(json::string_view(name_of(type)));
    object["grantTypes"] = std::move(grant_types);
    put_endpoints(object, provider);
    put_protocol(object, provider);
    object["parameters"] = describe_rules(provider.parameters);
    object["metadata"] = describe_rules(provider.metadata);
    return object;
}

}  // namespace evergrant::catalog
