#include "connectors/crm/crm.h"

namespace evergrant::connectors {

std::unique_ptr<Crm> make_crm(const catalog::Provider& provider, ProviderApi& api, const Clock& clock) {
    static_cast<void>(provider);
    static_cast<void>(api);
    static_cast<void>(clock);
    return nullptr;
}

}  // namespace evergrant::connectors
