#pragma once
//
// TurnStore: turns that replicas take at what only one may do at a time, and what the last one made. Every engine's
// Store is one of these too.
//
// Errors and the rest as in store.h.
//
#include "storage/store.h"

#include <chrono>
#include <string>

namespace evergrant::storage {

struct TurnRequest {
    std::string name;  ///< of what is done; holds nothing that tells of a person
    std::string owner;
    std::chrono::milliseconds duration{0};  ///< after which it is another's, ended or not
};

struct Turn {
    bool taken{false};        ///< else another has it
    std::string record_id{};  ///< what was made last, if that is less than `turn_memory` ago; else empty
};

/// For how long what was made is remembered.
inline constexpr std::chrono::minutes turn_memory{10};

class TurnStore {
public:
    virtual ~TurnStore() = default;

    /// By the store's clock. An owner may take its own turn again.
    virtual Task<Result<Turn>> take_turn(TurnRequest request) = 0;
    /// Ends it, and remembers `record_id`; empty: nothing was made, and what is remembered stays. False: it is
    /// another's by now, and nothing is changed.
    virtual Task<Result<bool>> end_turn(std::string name, std::string owner, std::string record_id) = 0;
};

/// Throws std::logic_error if the store keeps none: a test's own.
[[nodiscard]] TurnStore& turns_of(Store& store);

}  // namespace evergrant::storage
