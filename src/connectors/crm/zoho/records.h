#pragma once
//
// Records of Zoho CRM: how it names what our shape of a customer and a call says, both ways. Pure.
//
#include "base/error.h"
#include "connectors/crm/customer.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace evergrant::connectors::zoho {

enum class Module : std::uint8_t { contacts, leads };

/// As it stands in paths: `Contacts`.
[[nodiscard]] std::string_view name_of(Module module) noexcept;
[[nodiscard]] std::optional<Module> module_of_kind(std::string_view kind) noexcept;

/// Where a customer's record is: `contacts:123`.
struct Place {
    Module module{Module::contacts};
    std::string record;  ///< digits
};

/// Errors: not_found: it is no id that this connector gives.
[[nodiscard]] Result<Place> place_of(std::string_view id);

[[nodiscard]] Customer customer_of(Module module, const boost::json::object& record);

/// Without company and tags, which need requests of their own, except a lead's company. Errors: invalid_request: there
/// is no field for a number, or a custom field's name is none.
[[nodiscard]] Result<boost::json::object> record_of(Module module, const CustomerChange& change);

[[nodiscard]] boost::json::object call_of(const Place& customer, const CallActivity& call);
[[nodiscard]] boost::json::object task_of(const Place& customer, const CallActivity& call);

/// Of a row of the related list `Calls` or `Notes`.
[[nodiscard]] Interaction call_interaction(const boost::json::object& row);
[[nodiscard]] Interaction note_interaction(const boost::json::object& row);

/// A value in a search's criteria: what has a meaning there is escaped. Percent-encoding comes after.
[[nodiscard]] std::string criteria_value(std::string_view value);

/// All records of which one of the two fields people write numbers in is one of these forms, percent-encoded.
[[nodiscard]] std::string phone_criteria(const std::vector<std::string>& forms);

}  // namespace evergrant::connectors::zoho
