#include "app/provider_environment.h"

#include "app/value_checks.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

namespace evergrant::app {

namespace {

/// Variables that serve several providers. A refresh token is one grant's, so that it goes to one of them alone.
struct SharedPrefix {
    std::string_view prefix;
    std::string_view provider;
    bool seeds;
};
constexpr std::array shared_prefixes{
    SharedPrefix{"ZOHO", "zoho_crm", true},
    SharedPrefix{"ZOHO", "zoho_calendar", false},
};

/// Keys that stand in where a tenant has no connection, the strongest first.
struct KeyVariable {
    std::string_view name;
    std::string_view provider;
};
constexpr std::array key_variables{
    KeyVariable{"HUBSPOT_API_KEY", "hubspot"},
    KeyVariable{"HUBSPOT_DEVELOPER_API_KEY", "hubspot"},
};

bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}

/// `zoho_crm` as ZOHO_CRM, `fhirBaseUrl` as FHIR_BASE_URL.
std::string capitals(std::string_view name) {
    std::string text;
    char before = '\0';
    for (const char c : name) {
        if (is_upper(c) && is_lower(before))
            text += '_';
        if (is_lower(c))
            text += static_cast<char>(c - 'a' + 'A');
        else
            text += c == '-' || c == '.' ? '_' : c;
        before = c;
    }
    return text;
}

struct Variable {
    std::string name;
    std::string value;
    std::string prefix;
};

class ProviderReader {
public:
    ProviderReader(const Environment& environment, bool dev) : environment_(environment), dev_(dev) {}

    void read(const catalog::Provider& provider) {
        prefixes_ = variable_prefixes(provider.id);
        read_client(provider);
        read_seed(provider.id);
        read_fallback_keys(provider.id);
    }

    ProviderEnvironment take() && { return std::move(found_); }

private:
    std::optional<Variable> variable(std::string_view suffix) const {
        for (const std::string& prefix : prefixes_) {
            std::string name = prefix + std::string(suffix);
            if (const auto value = value_of(environment_, name); !value.empty())
                return Variable{std::move(name), std::string(value), prefix};
        }
        return std::nullopt;
    }

    void read_client(const catalog::Provider& provider) {
        const auto id = variable("_CLIENT_ID");
        broker::EnvironmentClient client;
        read_endpoint(provider, "_AUTH_URL", "authorization_url", client, &EndpointOverride::authorization_url);
        read_endpoint(provider, "_TOKEN_URL", "token_url", client, &EndpointOverride::token_url);
        if (!id)
            return report_without_client(!client.params.empty());
        client.registration.client_id = id->value;
        // The secret of the same prefix: one of another prefix is another client's.
        const std::string secret = id->prefix + "_CLIENT_SECRET";
        client.registration.client_secret = SecretString(std::string(value_of(environment_, secret)));
        if (const auto redirect_uri = variable("_REDIRECT_URI")) {
            check_url(*redirect_uri);
            client.redirect_uri = redirect_uri->value;
        }
        read_parameters(provider, client);
        found_.client_variables.emplace(provider.id, id->name);
        found_.clients.emplace(provider.id, std::move(client));
    }

    /// What says something of a client that nothing names.
    void report_without_client(bool has_endpoints_as_parameters) {
        std::vector<std::string_view> suffixes{"_CLIENT_SECRET"};
        if (has_endpoints_as_parameters)
            suffixes.insert(suffixes.end(), {"_AUTH_URL", "_TOKEN_URL"});
        for (const std::string_view suffix : suffixes) {
            if (const auto given = variable(suffix))
                report(given->name, "is set without " + given->prefix + "_CLIENT_ID");
        }
    }

    void read_endpoint(const catalog::Provider& provider, std::string_view suffix, const std::string& parameter,
                       broker::EnvironmentClient& client, std::string EndpointOverride::* target) {
        const auto url = variable(suffix);
        if (!url || !check_url(*url))
            return;
        if (url->value.starts_with("http:") && !(dev_ && is_loopback_url(url->value)))
            return report(url->name, "must be https");
        const auto rule = std::ranges::find(provider.parameters, parameter, &catalog::ValueRule::name);
        if (rule != provider.parameters.end() && rule->check(url->value))
            client.params[parameter] = url->value;
        else
            found_.endpoints[provider.id].*target = url->value;
    }

    /// Read by read_endpoint.
    static bool is_endpoint(std::string_view parameter) {
        return parameter == "authorization_url" || parameter == "token_url";
    }

    void read_parameters(const catalog::Provider& provider, broker::EnvironmentClient& client) {
        for (const catalog::ValueRule& rule : provider.parameters) {
            const auto given = variable(variable_suffix(rule.name));
            if (!given || is_endpoint(rule.name))
                continue;
            if (const auto checked = rule.check(given->value); !checked)
                report(given->name, "is refused: " + checked.error().message);
            client.params[rule.name] = given->value;
        }
    }

    void read_seed(const ProviderId& provider) {
        const auto token = variable("_REFRESH_TOKEN");
        if (!token || is_for_another(provider, token->prefix))
            return;
        const std::string tenant_name = token->name + "_TENANT";
        const auto given = value_of(environment_, tenant_name);
        const auto tenant = TenantId::parse(given);
        if (tenant)
            found_.seeds.push_back({provider, *tenant, SecretString(token->value)});
        else if (given.empty())
            report(token->name, "needs " + tenant_name + ", the one tenant whose grant it is");
        else
            report(tenant_name, "must be a tenant's id: letters, digits, dots, dashes and underscores, at most 128");
    }

    void read_fallback_keys(const ProviderId& provider) {
        for (const KeyVariable& variable : key_variables) {
            const auto key = value_of(environment_, variable.name);
            if (variable.provider != provider.str() || key.empty())
                continue;
            if (!std::ranges::all_of(key, [](char c) { return c > ' ' && c <= '~'; }))
                report(std::string(variable.name),
                       "must be a key as it goes into a header: without spaces or line ends");
            else
                found_.fallback_keys.push_back({.provider = provider,
                                                .name = std::string(variable.name),
                                                .key = SecretString(std::string(key)),
                                                .api_base = {}});
        }
    }

    static bool is_for_another(const ProviderId& provider, std::string_view prefix) {
        return std::ranges::any_of(shared_prefixes, [&](const SharedPrefix& shared) {
            return shared.prefix == prefix && shared.provider == provider.str() && !shared.seeds;
        });
    }

    bool check_url(const Variable& url) {
        const auto parsed = parse_url(url.value);
        if (!parsed)
            report(url.name, parsed.error());
        return parsed.has_value();
    }

    /// Once for each sentence: what two providers share is wrong once.
    void report(const std::string& name, const std::string& predicate) {
        ConfigurationProblem problem{"environment", name + " " + predicate};
        if (!problem.message.ends_with('.'))
            problem.message += '.';
        if (reported_.insert(problem.message).second)
            found_.problems.push_back(std::move(problem));
    }

    const Environment& environment_;
    bool dev_;
    std::vector<std::string> prefixes_;
    std::set<std::string> reported_;
    ProviderEnvironment found_;
};

}  // namespace

std::vector<std::string> variable_prefixes(const ProviderId& provider) {
    std::vector<std::string> prefixes{capitals(provider.str())};
    for (const SharedPrefix& shared : shared_prefixes) {
        if (shared.provider == provider.str())
            prefixes.emplace_back(shared.prefix);
    }
    return prefixes;
}

std::string variable_suffix(std::string_view parameter) {
    return "_" + capitals(parameter);
}

ProviderEnvironment read_provider_environment(const Environment& environment,
                                              std::span<const catalog::Provider* const> providers, bool dev) {
    ProviderReader reader(environment, dev);
    for (const catalog::Provider* provider : providers)
        reader.read(*provider);
    return std::move(reader).take();
}

}  // namespace evergrant::app
