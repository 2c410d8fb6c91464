#include "broker/access.h"

#include <algorithm>

namespace evergrant::broker {

bool Principal::may_see(std::string_view tenant) const noexcept {
    return !tenants || std::ranges::any_of(*tenants, [&](const TenantId& own) { return own.str() == tenant; });
}

bool Principal::may_use(const ProviderId& provider) const noexcept {
    return providers.empty() || std::ranges::find(providers, provider) != providers.end();
}

}  // namespace evergrant::broker
