#pragma once
//
// Customers and what happened with them as the HTTP contract shows them. Pure. Reading what callers send is the
// handlers' (api/crm_bodies.h).
//
#include "connectors/crm/customer.h"

#include <boost/json/object.hpp>

#include <optional>
#include <string_view>

namespace evergrant::connectors {

/// What the CRM does not have is left out; `interactions` are there if `whole`.
[[nodiscard]] boost::json::object to_json(const Customer& customer, bool whole);
[[nodiscard]] boost::json::object to_json(const Interaction& interaction);

[[nodiscard]] std::string_view name_of(CallDirection direction) noexcept;
[[nodiscard]] std::string_view name_of(CallOutcome outcome) noexcept;
[[nodiscard]] std::optional<CallDirection> call_direction_named(std::string_view name) noexcept;
[[nodiscard]] std::optional<CallOutcome> call_outcome_named(std::string_view name) noexcept;

}  // namespace evergrant::connectors
