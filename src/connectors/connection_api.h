#pragma once
//
// Connection API: a provider's API for one connection over the broker's tokens and HTTP client: ProviderApi as it
// really is. A refused token is renewed once and the request made again; a provider that asks for a pause gets it,
// within the caller's deadline; budgets and a key's limits are kept to. Whole answers; the proxy streams them instead.
//
#include "connectors/api_desk.h"
#include "connectors/api_figures.h"
#include "connectors/api_grants.h"
#include "connectors/api_rests.h"

namespace evergrant::connectors {

class ConnectionApiDesk final : public ApiDesk {
public:
    struct Parts {
        ApiGrants& grants;
        broker::BrokerShard& broker;
        ApiRests& rests;
        ApiFigures& figures;
    };

    explicit ConnectionApiDesk(Parts parts) : parts_(parts) {}

    [[nodiscard]] async::Task<Result<OpenApi>> open(ConnectionKey key, ApiCaller caller,
                                                    async::Deadline deadline) override;

private:
    Parts parts_;
};

}  // namespace evergrant::connectors
