#include "connectors/crm/hubspot/records.h"

#include "connectors/crm/call_text.h"
#include "connectors/crm/customer_json.h"
#include "connectors/crm/phone_fields.h"
#include "connectors/crm/phone_number.h"
#include "connectors/html_text.h"
#include "connectors/json_fields.h"
#include "connectors/provider_time.h"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <optional>

namespace evergrant::connectors::hubspot {

namespace json = boost::json;

namespace {

constexpr std::size_t most_found = 20;
constexpr int call_to_contact = 194;
constexpr int task_to_contact = 204;

constexpr std::array phone_fields{PhoneField{"phone", "phone"}, PhoneField{"mobile", "mobilephone"}};

/// The dispositions that every account has; HubSpot's documents give their ids. A call that failed has none.
struct Disposition {
    CallOutcome outcome;
    std::string_view id;
    std::string_view status;
};
constexpr std::array dispositions{
    Disposition{CallOutcome::answered, "f240bbac-87c9-4f6e-bf70-924b57d47db7", "COMPLETED"},
    Disposition{CallOutcome::voicemail, "b2cf5968-551e-4856-9783-52b3da59a7d0", "COMPLETED"},
    Disposition{CallOutcome::no_answer, "73a0d17f-1163-4015-bdd5-ec830791da20", "NO_ANSWER"},
    Disposition{CallOutcome::busy, "9d9162e7-6cf3-4944-bf63-4dff82258764", "BUSY"},
    Disposition{CallOutcome::failed, "", "FAILED"},
};

std::string outcome_of(const json::object& properties) {
    const std::string id = text_at(properties, "hs_call_disposition");
    const std::string status = text_at(properties, "hs_call_status");
    const auto known = std::ranges::find_if(
        dispositions, [&](const Disposition& one) { return id.empty() ? one.status == status : one.id == id; });
    if (known == dispositions.end())
        return id.empty() ? status : id;
    // Only a disposition tells an answered call from one that a machine took.
    return id.empty() && status == "COMPLETED" ? "" : std::string(name_of(known->outcome));
}

std::string direction_of(std::string_view direction) {
    if (direction == "INBOUND")
        return "inbound";
    return direction == "OUTBOUND" ? "outbound" : "";
}

void put(json::object& properties, std::string_view name, const std::optional<std::string>& text) {
    if (text)
        properties[name] = *text;
}

/// A property's name as HubSpot makes them.
bool is_property_name(std::string_view name) {
    constexpr std::size_t longest = 100;
    return !name.empty() && name.size() <= longest && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
}

Result<void> put_custom_fields(json::object& properties, const json::object& fields) {
    for (const auto& [key, value] : fields) {
        const std::string_view name = key;
        if (!is_property_name(name) || properties.contains(name))
            return invalid_field("customFields",
                                 "customFields must be properties of HubSpot's contacts, by their "
                                 "internal names, that no other member of the request writes.");
        if (value.is_structured())
            return invalid_field("customFields", "customFields must be texts, numbers, true, false or null.");
        properties[name] = text_at(fields, name);
    }
    return {};
}

Result<void> put_kind(json::object& properties, std::string_view kind) {
    if (kind.empty() || kind == "contact")
        return {};
    if (kind != "lead")
        return invalid_field("kind", "kind must be contact or lead.");
    properties["lifecyclestage"] = "lead";
    return {};
}

Result<void> put_phones(json::object& properties, const std::optional<std::vector<Phone>>& phones) {
    if (!phones)
        return {};
    const auto by_field = phones_by_field(*phones, phone_fields);
    if (!by_field)
        return std::unexpected(by_field.error());
    for (const auto& [field, number] : *by_field)
        properties[field] = number;
    return {};
}

void put_address(json::object& properties, const Address& address) {
    properties["address"] = address.street;
    properties["city"] = address.city;
    properties["state"] = address.state;
    properties["zip"] = address.postal_code;
    properties["country"] = address.country;
}

json::object object_with(json::object properties, std::string_view contact, int association) {
    json::object type;
    type["associationCategory"] = "HUBSPOT_DEFINED";
    type["associationTypeId"] = association;
    json::object to;
    to["id"] = contact;
    json::object link;
    link["to"] = std::move(to);
    link["types"] = json::array{json::value(std::move(type))};
    json::object object;
    object["properties"] = std::move(properties);
    object["associations"] = json::array{json::value(std::move(link))};
    return object;
}

json::object filter_group(std::string_view property, const std::vector<std::string>& values) {
    json::object filter;
    filter["propertyName"] = property;
    filter["operator"] = "IN";
    filter["values"] = json::array(values.begin(), values.end());
    json::object group;
    group["filters"] = json::array{json::value(std::move(filter))};
    return group;
}

json::object search_for(std::size_t limit) {
    const std::vector<std::string> properties = contact_properties();
    json::object request;
    request["properties"] = json::array(properties.begin(), properties.end());
    request["limit"] = limit;
    return request;
}

bool is_digits(std::string_view text) {
    return text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// As HubSpot keeps numbers for searching: digits, without what is dialled to leave a country or a town.
std::vector<std::string> searchable_numbers(const std::vector<std::string>& forms) {
    std::vector<std::string> numbers;
    for (const std::string& form : forms) {
        if (!is_digits(form))
            continue;
        for (const std::string& number : {form, form.substr(std::min(form.find_first_not_of('0'), form.size()))}) {
            if (!number.empty() && std::ranges::find(numbers, number) == numbers.end())
                numbers.push_back(number);
        }
    }
    return numbers;
}

std::string lower_case(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return lower;
}

std::string whole_name(const Customer& customer) {
    const bool both = !customer.first_name.empty() && !customer.last_name.empty();
    return customer.first_name + (both ? " " : "") + customer.last_name;
}

}  // namespace

std::vector<std::string> contact_properties() {
    return {"firstname", "lastname", "email", "phone", "mobilephone", "company",        "jobtitle",
            "address",   "city",     "state", "zip",   "country",     "lifecyclestage", "notes_last_contacted"};
}

const std::vector<ActivityType>& activity_types() {
    static const std::vector<ActivityType> types{
        {"calls",
         "call",
         {"hs_timestamp", "hs_call_title", "hs_call_body", "hs_call_direction", "hs_call_disposition", "hs_call_status",
          "hs_call_duration"}},
        {"notes", "note", {"hs_timestamp", "hs_note_body"}},
        {"tasks", "task", {"hs_timestamp", "hs_task_subject", "hs_task_body"}},
    };
    return types;
}

Customer customer_of(const json::object& contact, const std::vector<std::string>& own_properties) {
    const json::object& properties = object_at(contact, "properties");
    Customer customer{.id = text_at(contact, "id"), .kind = "contact"};
    if (text_at(properties, "lifecyclestage") == "lead")
        customer.kind = "lead";
    customer.first_name = text_at(properties, "firstname");
    customer.last_name = text_at(properties, "lastname");
    customer.name = whole_name(customer);
    customer.email = text_at(properties, "email");
    customer.phones = phones_in(properties, phone_fields);
    customer.company = text_at(properties, "company");
    customer.title = text_at(properties, "jobtitle");
    customer.address = {.street = text_at(properties, "address"),
                        .city = text_at(properties, "city"),
                        .state = text_at(properties, "state"),
                        .postal_code = text_at(properties, "zip"),
                        .country = text_at(properties, "country")};
    for (const std::string& name : own_properties) {
        if (const std::string value = text_at(properties, name); !value.empty())
            customer.custom_fields[name] = value;
    }
    customer.last_contact_at = parse_provider_time(text_at(properties, "notes_last_contacted"));
    return customer;
}

Interaction interaction_of(const json::object& activity, std::string_view kind) {
    const json::object& properties = object_at(activity, "properties");
    const std::string prefix = "hs_" + std::string(kind) + "_";
    Interaction interaction{.id = text_at(activity, "id"), .kind = std::string(kind)};
    interaction.subject = text_at(properties, prefix + (kind == "task" ? "subject" : "title"));
    interaction.notes = text_of_html(text_at(properties, prefix + "body"));
    interaction.at = parse_provider_time(text_at(properties, "hs_timestamp"));
    if (kind != "call")
        return interaction;
    interaction.direction = direction_of(text_at(properties, "hs_call_direction"));
    interaction.outcome = outcome_of(properties);
    if (const auto duration = number_at(properties, "hs_call_duration"))
        interaction.duration = std::chrono::floor<std::chrono::seconds>(std::chrono::milliseconds(*duration));
    return interaction;
}

Result<json::object> properties_of(const CustomerChange& change) {
    json::object properties;
    put(properties, "firstname", change.first_name);
    put(properties, "lastname", change.last_name);
    put(properties, "email", change.email);
    put(properties, "company", change.company);
    put(properties, "jobtitle", change.title);
    if (change.address)
        put_address(properties, *change.address);
    if (change.tags && !change.tags->empty())
        return invalid_field("tags", "tags are not known to HubSpot's contacts: use customFields.");
    if (const auto phones = put_phones(properties, change.phones); !phones)
        return std::unexpected(phones.error());
    if (const auto kind = put_kind(properties, change.kind); !kind)
        return std::unexpected(kind.error());
    if (const auto custom = put_custom_fields(properties, change.custom_fields); !custom)
        return std::unexpected(custom.error());
    return properties;
}

json::object call_of(const CallActivity& call) {
    using enum CallDetail;
    json::object properties;
    std::vector<CallDetail> details{agent, tags};
    properties["hs_timestamp"] = to_iso8601(call.at);
    properties["hs_call_title"] = call_subject(call);
    properties["hs_call_duration"] = std::to_string(std::chrono::milliseconds(call.duration).count());
    properties["hs_call_direction"] = call.direction == CallDirection::inbound ? "INBOUND" : "OUTBOUND";
    const auto disposition = std::ranges::find(dispositions, call.outcome, &Disposition::outcome);
    properties["hs_call_status"] = disposition->status;
    if (!disposition->id.empty())
        properties["hs_call_disposition"] = disposition->id;
    if (!call.phone.empty())
        properties[call.direction == CallDirection::inbound ? "hs_call_from_number" : "hs_call_to_number"] = call.phone;
    // HubSpot plays recordings by https alone.
    if (call.recording_url.starts_with("https://"))
        properties["hs_call_recording_url"] = call.recording_url;
    else
        details.push_back(recording);
    properties["hs_call_body"] = to_html(call_text(call, details));
    return object_with(std::move(properties), call.customer_id, call_to_contact);
}

json::object task_of(const CallActivity& call, const FollowUp& follow_up) {
    json::object properties;
    properties["hs_timestamp"] = to_iso8601(follow_up.at);
    properties["hs_task_subject"] = follow_up_subject(call);
    properties["hs_task_body"] = to_html(follow_up.notes);
    properties["hs_task_status"] = "NOT_STARTED";
    properties["hs_task_priority"] = "MEDIUM";
    properties["hs_task_type"] = "CALL";
    return object_with(std::move(properties), call.customer_id, task_to_contact);
}

json::object search_by_phone(std::string_view phone) {
    const std::vector<std::string> forms = phone_search_forms(phone);
    const std::vector<std::string> numbers = searchable_numbers(forms);
    json::array groups;
    if (!numbers.empty()) {
        groups.push_back(filter_group("hs_searchable_calculated_phone_number", numbers));
        groups.push_back(filter_group("hs_searchable_calculated_mobile_number", numbers));
    }
    groups.push_back(filter_group("phone", forms));
    groups.push_back(filter_group("mobilephone", forms));
    json::object request = search_for(most_found);
    request["filterGroups"] = std::move(groups);
    return request;
}

json::object search_by_email(std::string_view email) {
    json::object request = search_for(most_found);
    request["filterGroups"] = json::array{json::value(filter_group("email", {lower_case(email)}))};
    return request;
}

json::object search_by_words(std::string_view words, std::size_t limit, std::string_view after) {
    json::object request = search_for(limit);
    request["query"] = words;
    if (!after.empty())
        request["after"] = after;
    return request;
}

}  // namespace evergrant::connectors::hubspot
