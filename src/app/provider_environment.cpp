#include "app/provider_environment.h"

#include "app/value_checks.h"

#include <array>
#include <optional>
#include <set>

namespace evergrant::app {

namespace {

/// One variable that serves several providers. The refresh token is one grant's, so it goes to the first alone.
struct SharedPrefix {
    std::string_view prefix;
    std::string_view provider;
    bool seeds;
};
constexpr std::array shared_prefixes{
    SharedPrefix{"ZOHO", "zoho_crm", true},
    SharedPrefix{"ZOHO", "zoho_calendar", false},
};

std::string capitals(std::string_view id) {
    std::string text;
    for (const char c : id) {
        if (c >= 'a' && c <= 'z')
            text += static_cast<char>(c - 'a' + 'A');
        else
            text += c == '-' || c == '.' ? '_' : c;
    }
    return text;
}

struct Variable {
    std::string name;
    std::string value;
};

class ProviderReader {
public:
    ProviderReader(const Environment& environment, bool dev) : environment_(environment), dev_(dev) {}

    void read(const ProviderId& provider) {
        prefixes_ = variable_prefixes(provider);
        read_client(provider);
        read_endpoints(provider);
        read_seed(provider);
    }

    ProviderEnvironment take() && { return std::move(found_); }

private:
    std::optional<Variable> variable(std::string_view suffix) const {
        for (const std::string& prefix : prefixes_) {
            std::string name = prefix + std::string(suffix);
            if (const auto value = value_of(environment_, name); !value.empty())
                return Variable{std::move(name), std::string(value)};
        }
        return std::nullopt;
    }

    void read_client(const ProviderId& provider) {
        const auto id = variable("_CLIENT_ID");
        const auto secret = variable("_CLIENT_SECRET");
        if (!id) {
            if (secret)
                report(secret->name, "is set without " + prefix_of(*secret, "_CLIENT_SECRET") + "_CLIENT_ID");
            return;
        }
        broker::EnvironmentClient client;
        client.registration.client_id = id->value;
        // An id and a secret of different prefixes are different clients'.
        const std::string own_secret = prefix_of(*id, "_CLIENT_ID") + "_CLIENT_SECRET";
        client.registration.client_secret = SecretString(std::string(value_of(environment_, own_secret)));
        if (const auto redirect_uri = variable("_REDIRECT_URI")) {
            check_url(*redirect_uri);
            client.redirect_uri = redirect_uri->value;
        }
        found_.client_variables.emplace(provider, id->name);
        found_.clients.emplace(provider, std::move(client));
    }

    void read_endpoints(const ProviderId& provider) {
        const auto authorization = variable("_AUTH_URL");
        const auto token = variable("_TOKEN_URL");
        EndpointOverride endpoints;
        for (const auto& url : {authorization, token}) {
            if (url && check_url(*url) && url->value.starts_with("http:") && !(dev_ && is_loopback_url(url->value)))
                report(url->name, "must be https");
        }
        if (authorization)
            endpoints.authorization_url = authorization->value;
        if (token)
            endpoints.token_url = token->value;
        if (authorization || token)
            found_.endpoints.emplace(provider, std::move(endpoints));
    }

    void read_seed(const ProviderId& provider) {
        const auto token = seed_variable(provider);
        if (!token)
            return;
        const std::string tenant_name = token->name + "_TENANT";
        const auto tenant = TenantId::parse(value_of(environment_, tenant_name));
        if (tenant)
            found_.seeds.push_back({provider, *tenant, SecretString(token->value)});
        else if (value_of(environment_, tenant_name).empty())
            report(token->name, "needs " + tenant_name + ", the one tenant whose grant it is");
        else
            report(tenant_name, "must be a tenant's id: letters, digits, dots, dashes and underscores, at most 128");
    }

    std::optional<Variable> seed_variable(const ProviderId& provider) const {
        auto token = variable("_REFRESH_TOKEN");
        if (!token)
            return std::nullopt;
        const std::string prefix = prefix_of(*token, "_REFRESH_TOKEN");
        for (const SharedPrefix& shared : shared_prefixes) {
            if (shared.provider == provider.str() && shared.prefix == prefix && !shared.seeds)
                return std::nullopt;
        }
        return token;
    }

    static std::string prefix_of(const Variable& variable, std::string_view suffix) {
        return variable.name.substr(0, variable.name.size() - suffix.size());
    }

    bool check_url(const Variable& url) {
        const auto parsed = parse_url(url.value);
        if (!parsed)
            report(url.name, parsed.error());
        return parsed.has_value();
    }

    /// Once for each sentence: what two providers share is wrong once.
    void report(const std::string& name, const std::string& predicate) {
        ConfigurationProblem problem{"environment", name + " " + predicate + "."};
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

ProviderEnvironment read_provider_environment(const Environment& environment, std::span<const ProviderId> providers,
                                              bool dev) {
    ProviderReader reader(environment, dev);
    for (const ProviderId& provider : providers)
        reader.read(provider);
    return std::move(reader).take();
}

}  // namespace evergrant::app
