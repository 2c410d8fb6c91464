#pragma once
//
// Customers, calls and interactions in the JSON of a described CRM, read and written by its places. Pure.
//
#include "catalog/crm_api.h"
#include "connectors/crm/customer.h"

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace evergrant::connectors::rest {

/// What is at a place; null if nothing is.
[[nodiscard]] const boost::json::value* at(const boost::json::value& root, const std::string& place);

/// A text or number at a place, as text; empty if there is none.
[[nodiscard]] std::string text_at(const boost::json::value& root, const std::string& place);

[[nodiscard]] Customer customer_of(const catalog::CrmApi& api, const boost::json::value& record);
[[nodiscard]] Interaction interaction_of(const catalog::CrmApi& api, const boost::json::value& record);

/// Errors: invalid_request for a field that this CRM has no place for.
[[nodiscard]] Result<boost::json::value> describe(const catalog::CrmApi& api, const CustomerChange& change);

/// What the CRM has no place for goes into the notes.
[[nodiscard]] boost::json::value describe(const catalog::CrmApi& api, const CallActivity& call);

}  // namespace evergrant::connectors::rest
