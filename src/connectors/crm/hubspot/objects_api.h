#pragma once
//
// HubSpot's API of objects, version 3, and of associations, version 4: search, read in batches, made and changed. Knows
// no customer.
//
#include "connectors/provider_api.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::connectors::hubspot {

/// What was found, and where the next of it are.
struct Found {
    std::vector<boost::json::object> objects;
    std::string after;  ///< empty: there are no more
};

/// Errors of every member: of ProviderApi::send, and what refusals.h makes of a refusal. Types of objects are
/// constants, and ids digits: neither is a caller's text. Lifetime: `api` outlives it. Thread: one shard's.
class ObjectsApi {
public:
    explicit ObjectsApi(ProviderApi& api) : api_(api) {}

    [[nodiscard]] async::Task<Result<Found>> search(std::string_view type, boost::json::object request);

    /// Those of `ids` that there are, at most 100.
    [[nodiscard]] async::Task<Result<std::vector<boost::json::object>>> read(std::string_view type,
                                                                             std::vector<std::string> ids,
                                                                             std::vector<std::string> properties);

    /// Every object of the type that belongs to the contact; of more than 5,000 the first that HubSpot tells.
    [[nodiscard]] async::Task<Result<std::vector<std::int64_t>>> associated(std::string contact, std::string_view type);

    /// The names of the properties that this account has made for contacts.
    [[nodiscard]] async::Task<Result<std::vector<std::string>>> own_properties();

    /// The answer is HubSpot's, a refusal too.
    [[nodiscard]] async::Task<Result<ApiAnswer>> create(std::string_view type, boost::json::object object);
    [[nodiscard]] async::Task<Result<void>> change(std::string_view type, std::string id,
                                                   boost::json::object properties);
    [[nodiscard]] async::Task<Result<void>> remove(std::string_view type, std::string id);

private:
    [[nodiscard]] async::Task<Result<boost::json::object>> post(std::string target, boost::json::object body);
    [[nodiscard]] async::Task<Result<boost::json::object>> get(std::string target);

    ProviderApi& api_;
};

/// The id of what an answer says was made.
[[nodiscard]] Result<std::string> created_id(const ApiAnswer& answer);

}  // namespace evergrant::connectors::hubspot
