#include "storage/launch_issuers.h"

#include <stdexcept>

namespace evergrant::storage {

LaunchIssuerStore& launch_issuers_of(Store& store) {
    auto* issuers = dynamic_cast<LaunchIssuerStore*>(&store);
    if (issuers == nullptr)
        throw std::logic_error("this store keeps no launch issuers");
    return *issuers;
}

}  // namespace evergrant::storage
