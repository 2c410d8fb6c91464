#include "broker/known_keys.h"

namespace evergrant::broker {

namespace {

constexpr std::size_t most_known_keys = 10'000;

}  // namespace

std::optional<KnownKey> KnownKeys::find(std::string_view id) const {
    const std::lock_guard lock(mutex_);
    const auto found = keys_.find(id);
    if (found == keys_.end())
        return std::nullopt;
    return found->second;
}

void KnownKeys::keep(const KnownKey& known) {
    const std::lock_guard lock(mutex_);
    if (known.revision != revision_.current())
        return;
    if (keys_.size() >= most_known_keys)
        keys_.clear();
    keys_.insert_or_assign(known.key.id, known);
}

void KnownKeys::forget(std::string_view id) {
    const std::lock_guard lock(mutex_);
    const auto found = keys_.find(id);
    if (found != keys_.end())
        keys_.erase(found);
}

}  // namespace evergrant::broker
