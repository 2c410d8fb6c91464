#pragma once
//
// Zoho CRM, API version 3: contacts and leads, their calls and notes. What its answers mean is answers.h's, how it
// names things records.h's.
//
#include "connectors/crm/crm.h"
#include "connectors/crm/zoho/records.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace evergrant::connectors::zoho {

class ZohoCrm final : public Crm {
public:
    explicit ZohoCrm(ProviderApi& api) : api_(api) {}

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
    struct Records {
        boost::json::array rows;
        bool more{false};
    };

    async::Task<Result<Records>> list(std::string target);
    async::Task<Result<Written>> write(std::string method, std::string target, boost::json::object body);
    async::Task<Result<std::vector<Customer>>> found_in_both(std::string query);
    async::Task<Result<void>> name_company(Module module, std::optional<std::string> company,
                                           boost::json::object* record);
    async::Task<Result<void>> put_tags(Module module, std::string id, std::vector<std::string> tags);
    async::Task<Result<void>> complete_call(std::string path, Place place, CallActivity call);
    async::Task<Result<void>> add_tags(std::string path, std::vector<std::string> tags, bool instead);

    ProviderApi& api_;
};

[[nodiscard]] std::unique_ptr<Crm> make_zoho_crm(ProviderApi& api);

}  // namespace evergrant::connectors::zoho
