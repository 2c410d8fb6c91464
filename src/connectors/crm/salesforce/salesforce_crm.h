#pragma once
//
// Salesforce as a CRM: contacts and leads by SOSL and SOQL, calls as tasks.
//
#include "connectors/crm/crm.h"
#include "connectors/crm/salesforce/records.h"
#include "connectors/crm/salesforce/rest_api.h"

namespace evergrant::connectors::salesforce {

class SalesforceCrm final : public Crm {
public:
    explicit SalesforceCrm(ProviderApi& api) : rest_(api) {}

    [[nodiscard]] async::Task<Result<std::vector<Customer>>> find_by_phone(std::string phone) override;
    [[nodiscard]] async::Task<Result<std::vector<Customer>>> find_by_email(std::string email) override;
    [[nodiscard]] async::Task<Result<CustomerPage>> search(std::string words, PageQuery page) override;
    [[nodiscard]] async::Task<Result<Customer>> find(std::string id) override;
    [[nodiscard]] async::Task<Result<Customer>> read(std::string id) override;
    [[nodiscard]] async::Task<Result<Written>> create(CustomerChange customer) override;
    [[nodiscard]] async::Task<Result<void>> update(std::string id, CustomerChange change) override;
    [[nodiscard]] async::Task<Result<std::string>> log_call(CallActivity call) override;
    [[nodiscard]] async::Task<Result<InteractionPage>> interactions(std::string id, PageQuery page) override;

private:
    [[nodiscard]] async::Task<Result<std::vector<Customer>>> find_written(std::vector<std::string> phone_forms);
    [[nodiscard]] async::Task<Result<std::vector<Customer>>> customers(Kind kind, Condition where, std::size_t limit);
    [[nodiscard]] async::Task<Result<std::vector<Customer>>> customers_of_both(Condition contacts, Condition leads);
    [[nodiscard]] async::Task<Result<boost::json::value>> account_named(std::string company);
    [[nodiscard]] async::Task<Result<boost::json::object>> record_to_write(CustomerChange change, Kind kind);

    RestApi rest_;
};

}  // namespace evergrant::connectors::salesforce
