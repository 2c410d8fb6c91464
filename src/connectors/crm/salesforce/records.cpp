#include "connectors/crm/salesforce/records.h"

#include "connectors/crm/call_text.h"
#include "connectors/crm/customer_json.h"
#include "connectors/crm/phone_fields.h"
#include "connectors/crm/salesforce/rest_api.h"
#include "connectors/json_fields.h"
#include "connectors/provider_time.h"

#include <algorithm>
#include <array>
#include <span>

namespace evergrant::connectors::salesforce {

namespace json = boost::json;

namespace {

/// Salesforce's own word for a lead whose company nobody knows: it takes no lead without one.
constexpr std::string_view no_company = "[not provided]";

constexpr std::array phone_fields{
    PhoneField{"phone", "Phone"},
    PhoneField{"mobile", "MobilePhone"},
    PhoneField{"home", "HomePhone"},
    PhoneField{"other", "OtherPhone"},
};
constexpr std::size_t phone_fields_of_leads = 2;

std::span<const PhoneField> phone_fields_for(Kind kind) {
    const std::span<const PhoneField> all(phone_fields);
    return kind == Kind::lead ? all.first(phone_fields_of_leads) : all;
}

/// A contact's address is `MailingCity` where a lead's is `City`.
std::string address_field(Kind kind, std::string_view name) {
    return (kind == Kind::contact ? "Mailing" : "") + std::string(name);
}

bool is_custom(std::string_view name) {
    return name.ends_with("__c");
}

/// A field's name as Salesforce allows them. `Id` and what is in `attributes` say which record it is.
bool is_writable_name(std::string_view name) {
    constexpr std::size_t longest = 80;
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    if (name.empty() || name.size() > longest || !letter(name.front()) || name == "attributes" || name == "Id")
        return false;
    return std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '_'; });
}

/// An empty text empties the field.
json::value value_or_null(std::string_view text) {
    if (text.empty())
        return nullptr;
    return json::string(text);
}

void put(json::object& record, std::string_view field, const std::optional<std::string>& text) {
    if (text)
        record[field] = value_or_null(*text);
}

std::unexpected<Error> no_field_for(std::string_view field, std::string_view why) {
    return invalid_field(std::string(field), std::string(why));
}

Result<void> put_phones(json::object& record, const std::vector<Phone>& phones, Kind kind) {
    const auto by_field = phones_by_field(phones, phone_fields_for(kind));
    if (!by_field)
        return std::unexpected(by_field.error());
    for (const auto& [field, number] : *by_field)
        record[field] = value_or_null(number);
    return {};
}

void put_address(json::object& record, const Address& address, Kind kind) {
    record[address_field(kind, "Street")] = value_or_null(address.street);
    record[address_field(kind, "City")] = value_or_null(address.city);
    record[address_field(kind, "State")] = value_or_null(address.state);
    record[address_field(kind, "PostalCode")] = value_or_null(address.postal_code);
    record[address_field(kind, "Country")] = value_or_null(address.country);
}

Result<void> put_custom_fields(json::object& record, const json::object& fields) {
    for (const auto& [key, value] : fields) {
        const std::string_view name = key;
        if (!is_writable_name(name) || record.contains(name))
            return no_field_for("customFields",
                                "customFields must be fields of Salesforce, by their API names, that "
                                "no other member of the request writes.");
        if (value.is_structured())
            return no_field_for("customFields", "customFields must be texts, numbers, true, false or null.");
        record[name] = value;
    }
    return {};
}

std::string whole_name(const json::object& row) {
    if (std::string name = text_at(row, "Name"); !name.empty())
        return name;
    const std::string first = text_at(row, "FirstName");
    return first + (first.empty() ? "" : " ") + text_at(row, "LastName");
}

std::string direction_of(std::string_view call_type) {
    if (call_type == "Inbound")
        return "inbound";
    return call_type == "Outbound" ? "outbound" : "";
}

json::object task(std::string_view subject, std::string_view who) {
    json::object record;
    record["attributes"] = {{"type", "Task"}};
    record["Subject"] = subject;
    record["WhoId"] = who;
    record["Priority"] = "Normal";
    return record;
}

json::object call_task(const CallActivity& call) {
    json::object record = task(call_subject(call), call.customer_id);
    record["TaskSubtype"] = "Call";
    record["Status"] = "Completed";
    record["CallType"] = call.direction == CallDirection::inbound ? "Inbound" : "Outbound";
    record["CallDurationInSeconds"] = call.duration.count();
    record["CallDisposition"] = connectors::name_of(call.outcome);
    record["ActivityDate"] = to_iso_day(call.at);
    using enum CallDetail;
    record["Description"] = call_text(call, {began, agent, phone, recording, tags});
    return record;
}

json::object follow_up_task(const CallActivity& call, const FollowUp& follow_up) {
    json::object record = task(follow_up_subject(call), call.customer_id);
    record["Status"] = "Not Started";
    record["ActivityDate"] = to_iso_day(follow_up.at);
    record["IsReminderSet"] = true;
    record["ReminderDateTime"] = to_iso8601(follow_up.at);
    record["Description"] = follow_up.notes;
    return record;
}

}  // namespace

Name object_of(Kind kind) {
    return kind == Kind::contact ? Name("Contact") : Name("Lead");
}

std::string_view name_of(Kind kind) {
    return kind == Kind::contact ? "contact" : "lead";
}

Result<Kind> kind_of(std::string_view id) {
    if (is_record_id(id) && id.starts_with("003"))
        return Kind::contact;
    if (is_record_id(id) && id.starts_with("00Q"))
        return Kind::lead;
    return invalid_field("id", "The customer's id must be the id of a contact (003…) or a lead (00Q…) in Salesforce.");
}

std::vector<Name> phone_fields_of(Kind kind) {
    std::vector<Name> fields{"Phone", "MobilePhone"};
    if (kind == Kind::contact)
        fields.insert(fields.end(), {Name("HomePhone"), Name("OtherPhone")});
    return fields;
}

std::vector<Name> fields_of(Kind kind) {
    std::vector<Name> fields{"Id", "FirstName", "LastName", "Name", "Email", "Title", "LastActivityDate"};
    const std::vector<Name> contact_only{"Account.Name", "MailingStreet",     "MailingCity",
                                         "MailingState", "MailingPostalCode", "MailingCountry"};
    const std::vector<Name> lead_only{"Company", "Street", "City", "State", "PostalCode", "Country"};
    std::ranges::copy(phone_fields_of(kind), std::back_inserter(fields));
    std::ranges::copy(kind == Kind::contact ? contact_only : lead_only, std::back_inserter(fields));
    return fields;
}

std::vector<Name> task_fields() {
    return {"Id",
            "Subject",
            "Description",
            "TaskSubtype",
            "CallType",
            "CallDurationInSeconds",
            "CallDisposition",
            "Owner.Name",
            "CreatedDate"};
}

std::vector<Name> note_fields() {
    return {"Id", "Title", "Body", "Owner.Name", "CreatedDate"};
}

Customer customer_of(const json::object& row, Kind kind) {
    Customer customer{.id = text_at(row, "Id"), .kind = std::string(name_of(kind))};
    customer.first_name = text_at(row, "FirstName");
    customer.last_name = text_at(row, "LastName");
    customer.name = whole_name(row);
    customer.email = text_at(row, "Email");
    customer.phones = phones_in(row, phone_fields_for(kind));
    customer.company = kind == Kind::contact ? text_at(object_at(row, "Account"), "Name") : text_at(row, "Company");
    if (customer.company == no_company)
        customer.company.clear();
    customer.title = text_at(row, "Title");
    customer.address = {.street = text_at(row, address_field(kind, "Street")),
                        .city = text_at(row, address_field(kind, "City")),
                        .state = text_at(row, address_field(kind, "State")),
                        .postal_code = text_at(row, address_field(kind, "PostalCode")),
                        .country = text_at(row, address_field(kind, "Country"))};
    for (const auto& [name, value] : row) {
        if (is_custom(name) && !value.is_null())
            customer.custom_fields[name] = value;
    }
    customer.last_contact_at = parse_provider_time(text_at(row, "LastActivityDate"));
    return customer;
}

Interaction interaction_of_task(const json::object& row) {
    const bool is_call = text_at(row, "TaskSubtype") == "Call";
    const bool is_email = text_at(row, "TaskSubtype") == "Email";
    Interaction interaction{.id = text_at(row, "Id"), .kind = is_call ? "call" : is_email ? "email" : "task"};
    interaction.subject = text_at(row, "Subject");
    interaction.notes = text_at(row, "Description");
    interaction.agent = text_at(object_at(row, "Owner"), "Name");
    interaction.at = parse_provider_time(text_at(row, "CreatedDate"));
    if (!is_call)
        return interaction;
    interaction.direction = direction_of(text_at(row, "CallType"));
    interaction.outcome = text_at(row, "CallDisposition");
    if (const auto seconds = number_at(row, "CallDurationInSeconds"))
        interaction.duration = std::chrono::seconds(*seconds);
    return interaction;
}

Interaction interaction_of_note(const json::object& row) {
    Interaction interaction{.id = text_at(row, "Id"), .kind = "note"};
    interaction.subject = text_at(row, "Title");
    interaction.notes = text_at(row, "Body");
    interaction.agent = text_at(object_at(row, "Owner"), "Name");
    interaction.at = parse_provider_time(text_at(row, "CreatedDate"));
    return interaction;
}

Result<json::object> record_of(const CustomerChange& change, Kind kind) {
    json::object record;
    put(record, "FirstName", change.first_name);
    put(record, "LastName", change.last_name);
    put(record, "Email", change.email);
    put(record, "Title", change.title);
    if (change.company && kind == Kind::lead)
        record["Company"] = change.company->empty() ? no_company : std::string_view(*change.company);
    if (change.phones) {
        if (const auto put = put_phones(record, *change.phones, kind); !put)
            return std::unexpected(put.error());
    }
    if (change.address)
        put_address(record, *change.address, kind);
    if (change.tags && !change.tags->empty())
        return no_field_for("tags", "tags are not known to Salesforce's contacts and leads: use customFields.");
    if (const auto put = put_custom_fields(record, change.custom_fields); !put)
        return std::unexpected(put.error());
    return record;
}

json::array tasks_of(const CallActivity& call) {
    json::array tasks;
    tasks.push_back(call_task(call));
    if (call.follow_up)
        tasks.push_back(follow_up_task(call, *call.follow_up));
    return tasks;
}

}  // namespace evergrant::connectors::salesforce
