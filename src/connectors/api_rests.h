#pragma once
//
// API rests: which connections' APIs asked to be left alone, by `Retry-After`, and whether the budgets bear another
// call. What a provider asks of one connection is told to whoever would call it next, without a request. One for each
// shard: the others hear it from the provider themselves.
//
#include "broker/budgets.h"

#include <chrono>
#include <optional>
#include <unordered_map>

namespace evergrant::connectors {

class ApiRests {
public:
    ApiRests(broker::Budgets& budgets, const Clock& clock) : budgets_(budgets), clock_(clock) {}

    /// Takes one call. Errors: rate_limited with retry_after.
    [[nodiscard]] async::Task<Result<void>> admit(const catalog::Provider* provider, ConnectionKey key);

    /// What an answer asks for: that of a 429 or 503 with `Retry-After` is kept, at most an hour. Nothing: no pause.
    std::optional<std::chrono::seconds> note(const ConnectionKey& key, unsigned status, std::string_view retry_after);

private:
    broker::Budgets& budgets_;
    const Clock& clock_;
    std::unordered_map<ConnectionKey, std::chrono::milliseconds> until_;  // steady time
};

}  // namespace evergrant::connectors
