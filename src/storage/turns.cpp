#include "storage/turns.h"

#include <stdexcept>

namespace evergrant::storage {

TurnStore& turns_of(Store& store) {
    auto* turns = dynamic_cast<TurnStore*>(&store);
    if (turns == nullptr)
        throw std::logic_error("this store keeps no turns");
    return *turns;
}

}  // namespace evergrant::storage
