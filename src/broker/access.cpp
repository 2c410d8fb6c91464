#include "broker/access.h"

#include <algorithm>

namespace evergrant::broker {

bool includes(const std::vector<ProviderId>& providers, const ProviderId& provider) noexcept {
    return providers.empty() || std::ranges::find(providers, provider) != providers.end();
}

bool Principal::may_see(std::string_view tenant) const noexcept {
    return !tenants || std::ranges::any_of(*tenants, [&](const TenantId& own) { return own.str() == tenant; });
}

bool Principal::may_use(const ProviderId& provider) const noexcept {
    return includes(providers, provider);
}

}  // namespace evergrant::broker
