#include "storage/signing_keys.h"

#include <stdexcept>

namespace evergrant::storage {

SigningKeyStore& signing_keys_of(Store& store) {
    auto* keys = dynamic_cast<SigningKeyStore*>(&store);
    if (keys == nullptr)
        throw std::logic_error("this store keeps no signing keys");
    return *keys;
}

}  // namespace evergrant::storage
