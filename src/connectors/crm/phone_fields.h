#pragma once
//
// The fields in which a CRM keeps a customer's numbers: one for each label, in the order of preference. Pure.
//
#include "base/error.h"
#include "connectors/crm/customer.h"

#include <boost/json/object.hpp>

#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace evergrant::connectors {

struct PhoneField {
    std::string_view label;
    std::string_view field;
};

[[nodiscard]] std::vector<Phone> phones_in(const boost::json::object& record, std::span<const PhoneField> fields);

/// Which field each number goes to; one without a label takes the first that is free. Errors: invalid_request: the CRM
/// has no field, or not another one, for a label.
[[nodiscard]] Result<std::vector<std::pair<std::string_view, std::string>>> phones_by_field(
    const std::vector<Phone>& phones, std::span<const PhoneField> fields);

}  // namespace evergrant::connectors
