#pragma once
//
// What HubSpot's refusals mean: {status: "error", category, message, correlationId} and what each category adds. Pure.
//
#include "connectors/provider_api.h"

#include <optional>
#include <string>
#include <string_view>

namespace evergrant::connectors::hubspot {

/// The error that an answer is. Its message quotes nothing of the answer but names of properties and scopes.
[[nodiscard]] Error error_in(const ApiAnswer& answer);

/// The contact that is there already, where that is why a new one was refused.
[[nodiscard]] std::optional<std::string> existing_contact_in(const ApiAnswer& answer);

/// An id as HubSpot makes them: digits.
[[nodiscard]] bool is_object_id(std::string_view text);

}  // namespace evergrant::connectors::hubspot
