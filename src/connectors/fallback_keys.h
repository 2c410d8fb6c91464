#pragma once
//
// Fallback keys: a provider's own API keys, from the environment, which stand in where a tenant has no connection
// (HUBSPOT_API_KEY). Whoever is answered by one is told its name. Immutable; shared by all shards.
//
#include "base/ids.h"
#include "base/secret.h"

#include <string>
#include <vector>

namespace evergrant::connectors {

struct FallbackKey {
    ProviderId provider;
    std::string name;  ///< the variable it came from; callers are told
    SecretString key;
    std::string api_base;  ///< empty: the catalogue entry's
};

/// The first of a provider is used.
using FallbackKeys = std::vector<FallbackKey>;

}  // namespace evergrant::connectors
