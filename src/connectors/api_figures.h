#pragma once
//
// API figures: how many calls were made at each provider's API, how they ended and how long they took. One for each
// shard, so that a call looks nothing up under a lock.
//
#include "base/ids.h"
#include "base/metrics.h"

#include <array>
#include <chrono>
#include <unordered_map>

namespace evergrant::connectors {

class ApiFigures {
public:
    explicit ApiFigures(Metrics& metrics) : metrics_(metrics) {}

    /// `status` 0: there was no answer. `took`: until its head.
    void note(const ProviderId& provider, unsigned status, std::chrono::steady_clock::duration took);

private:
    static constexpr std::size_t classes = 6;
    struct OfProvider {
        std::array<Counter*, classes> calls{};
        Histogram* seconds{nullptr};
    };
    OfProvider& of(const ProviderId& provider);

    Metrics& metrics_;
    std::unordered_map<std::string, OfProvider> known_;
};

}  // namespace evergrant::connectors
