#pragma once
//
// Rotation of the master key as values: under which master keys data keys stand, and what replicas know. What is left
// to do is told by the rows, so that a rotation that was broken off is taken up by the next who looks.
//
#include "base/clock.h"

#include <cstdint>
#include <string>
#include <vector>

namespace evergrant::storage {

/// What is sealed under one master key.
struct MasterKeyUse {
    std::string id;
    std::uint64_t data_keys{0};
    std::uint64_t seals{0};  ///< encryptions granted under those data keys; never fewer than made
};

/// What a replica tells of itself, now and then.
struct ReplicaNote {
    std::string id;                        ///< of the process
    std::vector<std::string> master_keys;  ///< ids, in the order of its ring: the first encrypts
    std::uint64_t unwritten{0};            ///< token sets that wait in its memory and its journal
};

struct Replica {
    ReplicaNote note;
    Instant heard_at;  ///< by the store's clock
};

}  // namespace evergrant::storage
