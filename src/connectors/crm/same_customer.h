#pragma once
//
// Whether a customer that a CRM knows is the one a caller writes, and what of the change is new to it. Pure.
//
#include "connectors/crm/customer.h"

#include <string>
#include <string_view>

namespace evergrant::connectors {

/// E-mail addresses are compared without case.
[[nodiscard]] std::string lower_case(std::string_view text);

[[nodiscard]] bool has_phone(const Customer& customer, std::string_view e164);
[[nodiscard]] bool has_email(const Customer& customer, std::string_view email);

/// It has one of the numbers, which are E.164, or the address. What a CRM answers to a search proves nothing: one that
/// does not know the filter answers with everybody.
[[nodiscard]] bool is_same_customer(const Customer& customer, const CustomerChange& change);

/// Without the numbers and the address that the customer has already, under whatever label.
[[nodiscard]] CustomerChange news_for(const Customer& customer, CustomerChange change);

[[nodiscard]] bool says_nothing(const CustomerChange& change);

}  // namespace evergrant::connectors
