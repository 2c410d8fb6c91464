#pragma once
//
// API grants: what a request at a provider's API needs: where the API is for this connection, and the header that
// carries its token. Asked anew for every request; the token vendor answers from memory. One for each shard.
//
#include "broker/broker.h"
#include "cache/token_cache.h"
#include "catalog/catalog.h"
#include "connectors/api_desk.h"
#include "connectors/fallback_keys.h"
#include "health/health.h"

#include <string>
#include <unordered_map>

namespace evergrant::connectors {

struct ApiGrant {
    const catalog::Provider* provider{nullptr};  ///< never null
    std::string base;                            ///< without a slash at its end
    std::string header_name;
    SecretString header_value;
    storage::Generation generation{0};  ///< of the token; 0: it is a key that stands in for one
    std::string credential;             ///< as OpenApi::credential
};

class ApiGrants {
public:
    struct Parts {
        broker::BrokerShard& broker;
        const catalog::Catalog& catalog;
        storage::Store& store;
        health::Health& health;
        const Clock& clock;
        const FallbackKeys& fallback_keys;
    };

    explicit ApiGrants(Parts parts) : parts_(parts) {}

    /// Errors: as of ApiDesk::open, and what keeps a token that has ended from being renewed.
    [[nodiscard]] async::Task<Result<ApiGrant>> grant(ConnectionKey key, ApiCaller caller);

    /// After the provider has answered 401 to `refused`: refreshes once, whoever else reports it meanwhile. Errors:
    /// provider_error when there is no other token; as of `grant`.
    [[nodiscard]] async::Task<Result<ApiGrant>> another(ConnectionKey key, ApiCaller caller,
                                                        storage::Generation refused);

private:
    struct Place {
        storage::Generation generation{0};
        const catalog::Provider* provider{nullptr};
        std::string base;
    };
    async::Task<Result<ApiGrant>> of_token(ConnectionKey key, ApiCaller caller, cache::SharedToken token);
    static ApiGrant of_place(const Place& place, const SecretString& token);

    Parts parts_;
    std::unordered_map<ConnectionKey, Place> places_;
};

}  // namespace evergrant::connectors
