#include "broker/generation_floors.h"

#include <algorithm>

namespace evergrant::broker {

void GenerationFloors::raise(const ConnectionKey& key, std::uint64_t generation, std::chrono::milliseconds now) {
    forget_old(now);
    if (in_order_.size() >= capacity_) {
        floors_.clear();
        in_order_.clear();
        whole_since_ = now;
    }
    Floor& floor = floors_[key];
    floor.generation = std::max(floor.generation, generation);
    floor.raised_at = now;
    in_order_.push_back({now, key});
}

std::uint64_t GenerationFloors::of(const ConnectionKey& key) const {
    const auto found = floors_.find(key);
    return found == floors_.end() ? 0 : found->second.generation;
}

void GenerationFloors::forget_old(std::chrono::milliseconds now) {
    while (!in_order_.empty() && now - in_order_.front().at > life_) {
        const auto found = floors_.find(in_order_.front().key);
        // A floor raised again stands in the queue again.
        if (found != floors_.end() && found->second.raised_at == in_order_.front().at)
            floors_.erase(found);
        in_order_.pop_front();
    }
}

}  // namespace evergrant::broker
