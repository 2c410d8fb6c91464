#pragma once
//
// A CRM whose REST API the catalogue describes (`crm: rest`, `crm_api`): one of the customer's own, or one that this
// program has no connector for.
//
#include "connectors/crm/crm.h"
#include "connectors/crm/rest/target.h"

namespace evergrant::connectors::rest {

class RestCrm final : public Crm {
public:
    /// Lifetime: both outlive it.
    RestCrm(const catalog::CrmApi& described, ProviderApi& api) : described_(described), api_(api) {}

    async::Task<Result<std::vector<Customer>>> find_by_phone(std::string phone) override;
    async::Task<Result<std::vector<Customer>>> find_by_email(std::string email) override;
    async::Task<Result<CustomerPage>> search(std::string words, PageQuery page) override;
    async::Task<Result<Customer>> find(std::string id) override;
    async::Task<Result<Customer>> read(std::string id) override;
    async::Task<Result<Written>> create(CustomerChange customer) override;
    async::Task<Result<void>> update(std::string id, CustomerChange change) override;
    async::Task<Result<std::string>> log_call(CallActivity call) override;
    async::Task<Result<InteractionPage>> interactions(std::string id, PageQuery page) override;

private:
    /// A page of a list, and how to ask for the next one.
    struct Rows {
        boost::json::array rows;
        std::string next_cursor;
    };

    /// Errors: invalid_request: the description has no such operation.
    Result<const catalog::CrmOperation*> operation(const std::string& name) const;
    async::Task<Result<ApiAnswer>> ask(std::string name, Values values, std::string body);
    async::Task<Result<boost::json::value>> ask_for_json(std::string name, Values values, std::string body);
    async::Task<Result<Rows>> list(std::string name, std::string place, Values values, PageQuery page);
    async::Task<Result<std::vector<Customer>>> find_all(std::string name, Values values);
    /// By the body, else by its Location; empty if neither tells.
    std::string made_id(const ApiAnswer& answer) const;
    async::Task<std::string> id_of(CustomerChange customer);
    std::string next_cursor(const ApiAnswer& answer, const boost::json::value& body, const catalog::CrmOperation& asked,
                            bool full, std::size_t page) const;

    const catalog::CrmApi& described_;
    ProviderApi& api_;
};

}  // namespace evergrant::connectors::rest
