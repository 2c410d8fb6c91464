#include "broker/trust.h"

#include <algorithm>

namespace evergrant::broker {

std::optional<std::chrono::milliseconds> Trust::asked_for(const cache::SharedCopy& copy) const noexcept {
    const std::chrono::milliseconds age = clock_.now() - copy.read_at;
    if (age < -clock_slack || age > cache::SharedCache::copy_life + clock_slack)
        return std::nullopt;
    const std::chrono::milliseconds steady = now();
    const std::chrono::milliseconds asked = steady - clock_slack - std::max(age, std::chrono::milliseconds(0));
    if (!believes_at(asked, steady))
        return std::nullopt;
    return asked;
}

}  // namespace evergrant::broker
