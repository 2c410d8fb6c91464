#pragma once
//
// Customers and calls as HubSpot's objects have them: contacts, calls, notes, tasks. Pure.
//
#include "base/error.h"
#include "connectors/crm/customer.h"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace evergrant::connectors::hubspot {

/// The properties of contacts that a customer is read from.
[[nodiscard]] std::vector<std::string> contact_properties();

/// What of HubSpot's is an interaction, and what is read of it.
struct ActivityType {
    std::string_view objects;  ///< `calls`
    std::string_view kind;     ///< `call`
    std::vector<std::string> properties;
};
[[nodiscard]] const std::vector<ActivityType>& activity_types();

/// `own_properties`: those of the contact that are its custom fields.
[[nodiscard]] Customer customer_of(const boost::json::object& contact, const std::vector<std::string>& own_properties);
[[nodiscard]] Interaction interaction_of(const boost::json::object& activity, std::string_view kind);

/// The properties to write. Errors: invalid_request: what contacts have no property for.
[[nodiscard]] Result<boost::json::object> properties_of(const CustomerChange& change);

[[nodiscard]] boost::json::object call_of(const CallActivity& call);
[[nodiscard]] boost::json::object task_of(const CallActivity& call, const FollowUp& follow_up);

/// A search for contacts whose number may be this one.
[[nodiscard]] boost::json::object search_by_phone(std::string_view phone);
[[nodiscard]] boost::json::object search_by_email(std::string_view email);

/// By words; `after` is how many of what was found stand before.
[[nodiscard]] boost::json::object search_by_words(std::string_view words, std::size_t limit, std::string_view after);

}  // namespace evergrant::connectors::hubspot
