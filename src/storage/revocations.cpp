#include "storage/revocations.h"

#include <stdexcept>

namespace evergrant::storage {

RevocationStore& revocations_of(Store& store) {
    auto* revocations = dynamic_cast<RevocationStore*>(&store);
    if (revocations == nullptr)
        throw std::logic_error("this store keeps no revocations");
    return *revocations;
}

}  // namespace evergrant::storage
