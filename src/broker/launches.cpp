#include "broker/launches.h"

#include <algorithm>
#include <utility>

namespace evergrant::broker {

namespace {

std::string without_slash(std::string url) {
    if (url.ends_with('/'))
        url.pop_back();
    return url;
}

/// An EHR launch asks for what is open already: the scope `launch`, in place of those by which a person would choose.
std::vector<std::string> scopes_of_launch(const catalog::Provider& provider, const storage::LaunchIssuer& issuer) {
    std::vector<std::string> scopes{"launch"};
    for (const std::string& scope : issuer.scopes.empty() ? provider.scopes : issuer.scopes)
        if (scope != "launch" && !scope.starts_with("launch/"))
            scopes.push_back(scope);
    return scopes;
}

std::unexpected<Error> not_registered() {
    return failure(Errc::invalid_request,
                   "This EHR is not registered here: an administrator adds it with PUT /api/launch-issuers.");
}

catalog::Parameters parameters_of(const catalog::Provider& provider, const storage::LaunchIssuer& issuer) {
    catalog::Parameters params = issuer.params;
    params.insert_or_assign(catalog::smart_base_parameter(provider), issuer.issuer);
    return params;
}

}  // namespace

async::Task<Result<std::vector<storage::LaunchIssuer>>> Launches::list() {
    co_return co_await storage::launch_issuers_of(parts_.store).list_launch_issuers();
}

async::Task<Result<storage::LaunchIssuer>> Launches::save(LaunchIssuerGiven given) {
    const auto provider = parts_.catalog.get(given.provider);
    if (!provider)
        co_return std::unexpected(provider.error());
    if (!(*provider)->smart_discovery)
        co_return invalid_field("provider", "Provider \"" + given.provider + "\" is no SMART on FHIR server.");
    storage::LaunchIssuer issuer;
    issuer.provider = (*provider)->id;
    issuer.issuer = without_slash(std::move(given.issuer));
    issuer.tenant = std::move(given.tenant);
    issuer.integration = given.integration.value_or(IntegrationId((*provider)->id.str()));
    issuer.params = std::move(given.params);
    issuer.scopes = std::move(given.scopes);
    const auto checked = catalog::check_parameters(**provider, parameters_of(**provider, issuer));
    if (!checked)
        co_return std::unexpected(checked.error());
    const auto tenant = co_await parts_.store.find_tenant(issuer.tenant);
    if (!tenant)
        co_return std::unexpected(tenant.error());
    if (!*tenant)
        co_return failure(Errc::tenant_not_found, "There is no tenant \"" + issuer.tenant.str() + "\".");
    const auto saved = co_await storage::launch_issuers_of(parts_.store).save_launch_issuer(issuer);
    if (!saved)
        co_return std::unexpected(saved.error());
    if (!*saved)
        co_return failure(Errc::conflict, "Another tenant has this FHIR server, or there are too many of them.");
    co_return issuer;
}

async::Task<Result<void>> Launches::remove(std::string provider, std::string issuer) {
    auto removed = co_await storage::launch_issuers_of(parts_.store)
                       .remove_launch_issuer(ProviderId(std::move(provider)), without_slash(std::move(issuer)));
    if (!removed)
        co_return std::unexpected(std::move(removed).error());
    if (!*removed)
        co_return failure(Errc::not_found, "No such FHIR server is registered.");
    co_return Result<void>();
}

async::Task<Result<AuthorizationStarted>> Launches::launch(LaunchReceived received) {
    const catalog::Provider* provider = parts_.catalog.find(ProviderId(received.provider));
    if (provider == nullptr || !provider->smart_discovery || received.launch.empty())
        co_return not_registered();
    const auto issuer = co_await storage::launch_issuers_of(parts_.store)
                            .find_launch_issuer(provider->id, without_slash(std::move(received.issuer)));
    if (!issuer)
        co_return std::unexpected(issuer.error());
    if (!*issuer)
        co_return not_registered();
    AuthorizationOrder order;
    order.tenant = (*issuer)->tenant;
    order.provider = provider->id.str();
    order.integration = (*issuer)->integration;
    order.scopes = scopes_of_launch(*provider, **issuer);
    order.params = parameters_of(*provider, **issuer);
    order.params.insert_or_assign("launch", std::move(received.launch));
    order.started_by = "ehr-launch";
    order.for_end_user = true;
    co_return co_await parts_.authorizer.start(std::move(order));
}

}  // namespace evergrant::broker
