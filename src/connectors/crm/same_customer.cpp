#include "connectors/crm/same_customer.h"

#include "connectors/crm/phone_number.h"

#include <algorithm>

namespace evergrant::connectors {

std::string lower_case(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
    return lower;
}

bool has_phone(const Customer& customer, std::string_view e164) {
    return std::ranges::any_of(customer.phones, [&](const Phone& phone) { return is_same_phone(phone.number, e164); });
}

bool has_email(const Customer& customer, std::string_view email) {
    return !email.empty() && lower_case(customer.email) == lower_case(email);
}

bool is_same_customer(const Customer& customer, const CustomerChange& change) {
    if (change.email && has_email(customer, *change.email))
        return true;
    return change.phones &&
           std::ranges::any_of(*change.phones, [&](const Phone& phone) { return has_phone(customer, phone.number); });
}

CustomerChange news_for(const Customer& customer, CustomerChange change) {
    const auto has = [&](const Phone& wanted) { return has_phone(customer, wanted.number); };
    if (change.phones && std::ranges::all_of(*change.phones, has))
        change.phones.reset();
    if (change.email && lower_case(*change.email) == lower_case(customer.email))
        change.email.reset();
    return change;
}

bool says_nothing(const CustomerChange& change) {
    return !change.first_name && !change.last_name && !change.email && !change.phones && !change.company &&
           !change.title && !change.address && !change.tags && change.custom_fields.empty();
}

}  // namespace evergrant::connectors
