#pragma once
//
// HubSpot as a CRM: contacts, and calls, notes and tasks that belong to them.
//
#include "connectors/crm/crm.h"
#include "connectors/crm/hubspot/objects_api.h"
#include "connectors/crm/hubspot/records.h"

#include <string>
#include <vector>

namespace evergrant::connectors::hubspot {

class HubspotCrm final : public Crm {
public:
    explicit HubspotCrm(ProviderApi& api) : objects_(api) {}

    [[nodiscard]] async::Task<Result<std::vector<Customer>>> find_by_phone(std::string phone) override;
    [[nodiscard]] async::Task<Result<std::vector<Customer>>> find_by_email(std::string email) override;
    [[nodiscard]] async::Task<Result<CustomerPage>> search(std::string words, PageQuery page) override;
    [[nodiscard]] async::Task<Result<Customer>> find(std::string id) override;
    [[nodiscard]] async::Task<Result<Customer>> read(std::string id) override;

    /// A contact that has the e-mail address already is changed instead.
    [[nodiscard]] async::Task<Result<Written>> create(CustomerChange customer) override;
    [[nodiscard]] async::Task<Result<void>> update(std::string id, CustomerChange change) override;
    [[nodiscard]] async::Task<Result<std::string>> log_call(CallActivity call) override;

    /// Newest by when they were noted; each page is in the order of when they happened.
    [[nodiscard]] async::Task<Result<InteractionPage>> interactions(std::string id, PageQuery page) override;

private:
    [[nodiscard]] async::Task<Result<std::vector<Customer>>> found(boost::json::object request);
    [[nodiscard]] async::Task<Result<std::vector<Interaction>>> activities(ActivityType type,
                                                                           std::vector<std::string> ids);
    [[nodiscard]] async::Task<Result<void>> add_follow_up(CallActivity call);

    ObjectsApi objects_;
};

}  // namespace evergrant::connectors::hubspot
