#include "base/secret.h"

#include <cstring>

namespace evergrant {

void wipe(void* data, std::size_t size) noexcept {
    if (data != nullptr && size != 0)
        explicit_bzero(data, size);
}

}  // namespace evergrant
