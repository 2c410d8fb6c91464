#include "connectors/crm/phone_fields.h"

#include "connectors/json_fields.h"

#include <algorithm>

namespace evergrant::connectors {

namespace {

using ByField = std::vector<std::pair<std::string_view, std::string>>;

std::unexpected<Error> no_field_left(std::span<const PhoneField> fields) {
    std::string labels;
    for (const PhoneField& one : fields)
        labels += (labels.empty() ? "" : ", ") + std::string(one.label);
    return invalid_field("phones", "phones can be one of each of these labels here: " + labels + ".");
}

bool is_taken(const ByField& taken, std::string_view field) {
    return std::ranges::find(taken, field, &ByField::value_type::first) != taken.end();
}

}  // namespace

std::vector<Phone> phones_in(const boost::json::object& record, std::span<const PhoneField> fields) {
    std::vector<Phone> phones;
    for (const PhoneField& one : fields) {
        if (std::string number = text_at(record, one.field); !number.empty())
            phones.push_back({.number = std::move(number), .label = std::string(one.label)});
    }
    return phones;
}

Result<ByField> phones_by_field(const std::vector<Phone>& phones, std::span<const PhoneField> fields) {
    ByField by_field;
    for (const Phone& phone : phones) {
        const auto fits = std::ranges::find_if(fields, [&](const PhoneField& one) {
            return (phone.label.empty() || phone.label == one.label) && !is_taken(by_field, one.field);
        });
        if (fits == fields.end())
            return no_field_left(fields);
        by_field.emplace_back(fits->field, phone.number);
    }
    return by_field;
}

}  // namespace evergrant::connectors
