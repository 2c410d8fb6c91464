#pragma once
//
// Crm: what every CRM can be asked, whatever its API looks like. A connector is one implementation in a folder of its
// own (crm/zoho, crm/salesforce, …) that knows its provider's paths, fields and errors, and nothing of tokens.
//
#include "catalog/provider.h"
#include "connectors/crm/customer.h"
#include "connectors/provider_api.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace evergrant::connectors {

/// Some customers, and how to ask for more.
struct CustomerPage {
    std::vector<Customer> customers;
    std::string next_cursor{};  ///< empty: there are no more
};

struct InteractionPage {
    std::vector<Interaction> interactions;  ///< newest first
    std::string next_cursor{};
};

struct PageQuery {
    std::size_t limit{20};  ///< 1 to 200
    std::string cursor{};   ///< as a page before gave it; anything else is an invalid_request
};

/// What a write made.
struct Written {
    std::string id;
    bool created{false};  ///< else it was there, and was changed
};

/// Errors of every member: of ProviderApi::send; not_found: no such customer; invalid_request with the field: the CRM
/// does not take a value, names a mandatory one that is missing, or an id or cursor is not one of its own; conflict:
/// the CRM found duplicates that it cannot tell apart; forbidden: the grant's scopes or user do not allow it, and the
/// message says which scope; rate_limited; provider_error: it answered what its documentation does not know.
/// Values that callers give are escaped for wherever they go: path, query, SOQL, filter.
/// Thread: one shard's. Lifetime: `api`, which it was made with, outlives it.
class Crm {
public:
    virtual ~Crm() = default;

    /// All customers with that number, however the CRM wrote it: contacts before leads, at most 20. `phone` is E.164.
    [[nodiscard]] virtual async::Task<Result<std::vector<Customer>>> find_by_phone(std::string phone) = 0;

    /// Those with that e-mail address, the same way.
    [[nodiscard]] virtual async::Task<Result<std::vector<Customer>>> find_by_email(std::string email) = 0;

    /// By words in name, e-mail, company or number.
    [[nodiscard]] virtual async::Task<Result<CustomerPage>> search(std::string words, PageQuery page) = 0;

    /// With its latest interactions.
    [[nodiscard]] virtual async::Task<Result<Customer>> find(std::string id) = 0;

    /// The customer alone.
    [[nodiscard]] virtual async::Task<Result<Customer>> read(std::string id) = 0;

    /// Some CRMs find it by an address or number that is to be nobody else's, and change it instead. Whatever error is
    /// no refusal (crm_desk.cpp) leaves open whether it was made.
    [[nodiscard]] virtual async::Task<Result<Written>> create(CustomerChange customer) = 0;
    [[nodiscard]] virtual async::Task<Result<void>> update(std::string id, CustomerChange change) = 0;

    /// The activity's id in the CRM. What the CRM has no field for goes into its text.
    [[nodiscard]] virtual async::Task<Result<std::string>> log_call(CallActivity call) = 0;

    [[nodiscard]] virtual async::Task<Result<InteractionPage>> interactions(std::string id, PageQuery page) = 0;
};

/// The connector that the catalogue entry names (`crm`); null if it names none. crm.cpp holds the table of them. All
/// outlive what is made.
[[nodiscard]] std::unique_ptr<Crm> make_crm(const catalog::Provider& provider, ProviderApi& api);

}  // namespace evergrant::connectors
