#pragma once
//
// CRM desk: what applications ask of a tenant's CRM, whichever it is: find a customer, write one without ever making
// two of one, log a call. What each CRM can do is a connector's (crm.h); the routes are api/crm_handlers.cpp. One for
// each shard.
//
#include "async/lines.h"
#include "async/shard.h"
#include "base/clock.h"
#include "connectors/api_desk.h"
#include "connectors/crm/crm.h"
#include "connectors/held_turn.h"
#include "crypto/random.h"
#include "storage/store.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace evergrant::connectors {

/// Whose CRM, who asks and until when.
struct CrmCall {
    ConnectionKey key;
    ApiCaller caller;
    async::Deadline deadline;
    std::string region{};  ///< where numbers without `+` are at home; empty: as the tenant's `settings.region` says
};

/// One of the three says which customers.
struct CustomerQuery {
    std::string phone{};
    std::string email{};
    std::string words{};
    PageQuery page{};
};

template <class T>
struct CrmAnswer {
    T value{};
    std::string crm{};         ///< which connector it is from
    std::string credential{};  ///< OpenApi's
};

using CrmMaker = std::function<std::unique_ptr<Crm>(const catalog::Provider& provider, ProviderApi& api)>;

class CrmDesks;

/// Numbers come and go in E.164 where they are numbers. Errors of every member: of ApiDesk::open and of Crm;
/// invalid_request also if the connection's provider is no CRM that is known here, or a region is none.
/// Thread: its shard's.
class CrmDesk {
public:
    struct Parts {
        async::Shard& shard;
        ApiDesk& apis;
        storage::Store& store;
        crypto::Random& random;
        const Clock& clock;
        CrmMaker make{make_crm};
    };

    /// Lifetime: `all` outlives it.
    CrmDesk(Parts parts, CrmDesks& all);
    CrmDesk(const CrmDesk&) = delete;
    CrmDesk& operator=(const CrmDesk&) = delete;

    [[nodiscard]] async::Task<Result<CrmAnswer<CustomerPage>>> find_customers(CrmCall call, CustomerQuery query);
    [[nodiscard]] async::Task<Result<CrmAnswer<Customer>>> find(CrmCall call, std::string id);

    /// Changes the customer with one of the numbers, else with that e-mail address, or creates one. All who write the
    /// same number or address of a connection, here or on another replica, go one after the other, and each is told
    /// what the one before has made, for CRMs find that minutes later. Errors: overloaded: too many write the same one.
    [[nodiscard]] async::Task<Result<CrmAnswer<Written>>> save(CrmCall call, CustomerChange change);

    [[nodiscard]] async::Task<Result<CrmAnswer<Written>>> update(CrmCall call, std::string id, CustomerChange change);
    /// The activity's id.
    [[nodiscard]] async::Task<Result<CrmAnswer<std::string>>> log_call(CrmCall call, CallActivity activity);
    [[nodiscard]] async::Task<Result<CrmAnswer<InteractionPage>>> interactions(CrmCall call, std::string id,
                                                                               PageQuery page);

private:
    struct Opened {
        OpenApi api;
        std::unique_ptr<Crm> crm;
        std::string region;
    };

    async::Task<Result<Opened>> open(CrmCall call);
    async::Task<Result<std::string>> region_of(CrmCall call);
    async::Task<Result<CrmAnswer<Written>>> save_at_home(CrmCall call, CustomerChange change);
    static async::Task<Result<Customer>> find_same(Crm* crm, CustomerChange change, std::vector<std::string> known);
    static async::Task<Result<Written>> write(Crm* crm, CustomerChange change, std::vector<HeldTurn>* turns);

    Parts parts_;
    CrmDesks& all_;
    async::Lines lines_;
};

/// The desks of all shards.
class CrmDesks {
public:
    explicit CrmDesks(async::Shards& shards) : shards_(shards) {}

    /// In the order of the shards.
    void add(CrmDesk& desk) { desks_.push_back(&desk); }
    [[nodiscard]] CrmDesk& of(const async::Shard& shard) noexcept { return *desks_[shard.index()]; }
    [[nodiscard]] async::Shard& home_of(const ConnectionKey& key) noexcept {
        return shards_.home_of(std::hash<ConnectionKey>{}(key));
    }

private:
    async::Shards& shards_;
    std::vector<CrmDesk*> desks_;
};

}  // namespace evergrant::connectors
