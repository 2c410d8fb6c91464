#pragma once
//
// Customers and calls as Salesforce's records have them: Contact, Lead, Task, Note. Pure.
//
#include "base/error.h"
#include "connectors/crm/customer.h"
#include "connectors/crm/salesforce/soql.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <string_view>
#include <vector>

namespace evergrant::connectors::salesforce {

enum class Kind { contact, lead };

[[nodiscard]] Name object_of(Kind kind);
[[nodiscard]] std::string_view name_of(Kind kind);

/// By the three characters in front, which Salesforce gives to each object. Errors: invalid_request: no customer's id.
[[nodiscard]] Result<Kind> kind_of(std::string_view id);

/// What is asked for of a customer.
[[nodiscard]] std::vector<Name> fields_of(Kind kind);
[[nodiscard]] std::vector<Name> phone_fields_of(Kind kind);
[[nodiscard]] std::vector<Name> task_fields();
[[nodiscard]] std::vector<Name> note_fields();

[[nodiscard]] Customer customer_of(const boost::json::object& row, Kind kind);
[[nodiscard]] Interaction interaction_of_task(const boost::json::object& row);
[[nodiscard]] Interaction interaction_of_note(const boost::json::object& row);

/// The fields to write, but a contact's account, which is a record of its own. Errors: invalid_request: what this kind
/// of record has no field for.
[[nodiscard]] Result<boost::json::object> record_of(const CustomerChange& change, Kind kind);

/// The call as a finished task and, if there is one, the follow-up as an open one.
[[nodiscard]] boost::json::array tasks_of(const CallActivity& call);

}  // namespace evergrant::connectors::salesforce
