#include "connectors/crm/zoho/records.h"

#include "connectors/crm/call_text.h"
#include "connectors/crm/customer_json.h"
#include "connectors/crm/phone_fields.h"
#include "connectors/json_fields.h"
#include "connectors/provider_api.h"
#include "connectors/provider_time.h"

#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <utility>

namespace evergrant::connectors::zoho {

namespace {

constexpr std::size_t longest_record_id = 32;
constexpr std::size_t longest_field_name = 64;

struct AddressFields {
    std::string_view street;
    std::string_view city;
    std::string_view state;
    std::string_view postal_code;
    std::string_view country;
};

constexpr AddressFields contact_address{"Mailing_Street", "Mailing_City", "Mailing_State", "Mailing_Zip",
                                        "Mailing_Country"};
constexpr AddressFields lead_address{"Street", "City", "State", "Zip_Code", "Country"};

const AddressFields& address_fields(Module module) {
    return module == Module::contacts ? contact_address : lead_address;
}

std::string_view title_field(Module module) {
    return module == Module::contacts ? "Title" : "Designation";
}

/// A lead has the first two alone.
constexpr std::array phone_fields{PhoneField{"phone", "Phone"}, PhoneField{"mobile", "Mobile"},
                                  PhoneField{"home", "Home_Phone"}, PhoneField{"other", "Other_Phone"}};
constexpr std::size_t phone_fields_of_lead = 2;

/// What is told elsewhere in our shape, or is the CRM's own business.
constexpr std::array<std::string_view, 47> not_custom{"id",
                                                      "First_Name",
                                                      "Last_Name",
                                                      "Full_Name",
                                                      "Email",
                                                      "Phone",
                                                      "Mobile",
                                                      "Home_Phone",
                                                      "Other_Phone",
                                                      "Company",
                                                      "Account_Name",
                                                      "Title",
                                                      "Designation",
                                                      "Mailing_Street",
                                                      "Mailing_City",
                                                      "Mailing_State",
                                                      "Mailing_Zip",
                                                      "Mailing_Country",
                                                      "Street",
                                                      "City",
                                                      "State",
                                                      "Zip_Code",
                                                      "Country",
                                                      "Tag",
                                                      "Owner",
                                                      "Created_By",
                                                      "Modified_By",
                                                      "Created_Time",
                                                      "Modified_Time",
                                                      "Last_Activity_Time",
                                                      "Layout",
                                                      "Record_Image",
                                                      "Unsubscribed_Mode",
                                                      "Unsubscribed_Time",
                                                      "Email_Opt_Out",
                                                      "Locked__s",
                                                      "Record_Status__s",
                                                      "Salutation",
                                                      "Converted__s",
                                                      "Converted_Date_Time",
                                                      "Last_Enriched_Time__s",
                                                      "Enrich_Status__s",
                                                      "Change_Log_Time__s",
                                                      "Converted_Account",
                                                      "Converted_Contact",
                                                      "Converted_Deal",
                                                      "Exchange_Rate"};

/// Of another record, such as a contact's account or an owner, the name.
std::string text_in(const boost::json::object& record, std::string_view field) {
    const auto* value = record.if_contains(field);
    return value != nullptr && value->is_object() ? text_at(value->get_object(), "name") : text_at(record, field);
}

Address address_in(const boost::json::object& record, const AddressFields& fields) {
    return {.street = text_in(record, fields.street),
            .city = text_in(record, fields.city),
            .state = text_in(record, fields.state),
            .postal_code = text_in(record, fields.postal_code),
            .country = text_in(record, fields.country)};
}

std::vector<std::string> tags_in(const boost::json::object& record) {
    std::vector<std::string> tags;
    for (const boost::json::object& tag : objects_in(array_at(record, "Tag")))
        tags.push_back(text_at(tag, "name"));
    return tags;
}

boost::json::object custom_fields_in(const boost::json::object& record) {
    boost::json::object custom;
    for (const auto& [name, value] : record) {
        const bool own =
            name.starts_with('$') || std::ranges::find(not_custom, std::string_view(name)) != not_custom.end();
        if (!own && !value.is_null())
            custom[name] = value;
    }
    return custom;
}

/// An empty text empties the field.
boost::json::value value_or_null(const std::string& text) {
    return text.empty() ? boost::json::value(nullptr) : boost::json::value(text);
}

void put(boost::json::object& record, std::string_view field, const std::optional<std::string>& text) {
    if (text)
        record[field] = value_or_null(*text);
}

std::span<const PhoneField> phone_fields_of(Module module) {
    return std::span(phone_fields).first(module == Module::leads ? phone_fields_of_lead : phone_fields.size());
}

Result<void> put_phones(boost::json::object& record, Module module, const std::vector<Phone>& phones) {
    auto by_field = phones_by_field(phones, phone_fields_of(module));
    if (!by_field)
        return std::unexpected(std::move(by_field).error());
    if (phones.empty())
        record["Phone"] = nullptr;
    for (auto& [field, number] : *by_field)
        record[field] = std::move(number);
    return {};
}

bool is_field_name(std::string_view name) {
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    };
    return !name.empty() && name.size() <= longest_field_name && std::ranges::all_of(name, fits);
}

Result<void> put_custom_fields(boost::json::object& record, const boost::json::object& custom) {
    for (const auto& [name, value] : custom) {
        const bool told_elsewhere = std::ranges::find(not_custom, std::string_view(name)) != not_custom.end();
        if (!is_field_name(name) || told_elsewhere)
            return invalid_field("customFields",
                                 "customFields are named as Zoho CRM's API does, such as Lead_Source, and hold nothing "
                                 "that has a name here.");
        record[name] = value;
    }
    return {};
}

std::string two_digits(std::int64_t number) {
    return (number < 10 ? "0" : "") + std::to_string(number);
}

/// `mm:ss`, as Zoho CRM has it; minutes may be more than 59.
std::string minutes_and_seconds(std::chrono::seconds duration) {
    constexpr std::int64_t minute = 60;
    return two_digits(duration.count() / minute) + ":" + two_digits(duration.count() % minute);
}

std::optional<std::chrono::seconds> duration_in(const boost::json::object& row) {
    if (const auto seconds = number_at(row, "Call_Duration_in_seconds"))
        return std::chrono::seconds(*seconds);
    const std::string written = text_at(row, "Call_Duration");
    std::string_view left = written;
    std::int64_t total = 0;
    constexpr std::int64_t base = 60;
    constexpr std::int64_t most = 1'000'000;
    while (!left.empty()) {
        const std::string_view part = left.substr(0, left.find(':'));
        std::int64_t number = 0;
        const auto* last = part.data() + part.size();
        const auto [end, error] = std::from_chars(part.data(), last, number);
        if (error != std::errc() || end != last || number < 0 || number > most || total > most)
            return std::nullopt;
        total = total * base + number;
        left.remove_prefix(std::min(left.size(), part.size() + 1));
    }
    return written.empty() ? std::nullopt : std::optional(std::chrono::seconds(total));
}

/// What Zoho CRM has no field for.
std::string description_of(const CallActivity& call) {
    const std::string text = call_text(call, {CallDetail::agent, CallDetail::phone, CallDetail::recording});
    return text + (text.empty() ? "" : "\n") + "Outcome: " + std::string(name_of(call.outcome));
}

void put_customer(boost::json::object& activity, const Place& customer) {
    boost::json::object record;
    record["id"] = customer.record;
    activity[customer.module == Module::contacts ? "Who_Id" : "What_Id"] = std::move(record);
    if (customer.module == Module::leads)
        activity["$se_module"] = name_of(customer.module);
}

std::string with_offset(sys_seconds time) {
    std::string text = to_iso8601(time);
    text.pop_back();  // Zoho CRM wants an offset, not a Z
    return text + "+00:00";
}

}  // namespace

std::string_view name_of(Module module) noexcept {
    return module == Module::contacts ? "Contacts" : "Leads";
}

std::optional<Module> module_of_kind(std::string_view kind) noexcept {
    if (kind == "contact")
        return Module::contacts;
    if (kind == "lead")
        return Module::leads;
    return std::nullopt;
}

Result<Place> place_of(std::string_view id) {
    Place place;
    constexpr std::string_view contacts = "contacts:";
    constexpr std::string_view leads = "leads:";
    const bool contact = id.starts_with(contacts);
    const std::string_view record = id.substr(std::min(id.size(), contact ? contacts.size() : leads.size()));
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    const bool fits = (contact || id.starts_with(leads)) && !record.empty() && record.size() <= longest_record_id &&
                      std::ranges::all_of(record, is_digit);
    if (!fits)
        return failure(Errc::not_found, "There is no such customer: Zoho CRM's are named contacts:123 or leads:123.");
    place.module = contact ? Module::contacts : Module::leads;
    place.record = record;
    return place;
}

Customer customer_of(Module module, const boost::json::object& record) {
    const bool contact = module == Module::contacts;
    Customer customer{.id = (contact ? "contacts:" : "leads:") + text_in(record, "id"),
                      .kind = contact ? "contact" : "lead"};
    customer.first_name = text_in(record, "First_Name");
    customer.last_name = text_in(record, "Last_Name");
    customer.name = text_in(record, "Full_Name");
    customer.email = text_in(record, "Email");
    customer.phones = phones_in(record, phone_fields);
    customer.company = text_in(record, contact ? "Account_Name" : "Company");
    customer.title = text_in(record, title_field(module));
    customer.address = address_in(record, address_fields(module));
    customer.tags = tags_in(record);
    customer.custom_fields = custom_fields_in(record);
    customer.last_contact_at = parse_provider_time(text_in(record, "Last_Activity_Time"));
    return customer;
}

Result<boost::json::object> record_of(Module module, const CustomerChange& change) {
    boost::json::object record;
    put(record, "First_Name", change.first_name);
    put(record, "Last_Name", change.last_name);
    put(record, "Email", change.email);
    put(record, title_field(module), change.title);
    if (module == Module::leads)
        put(record, "Company", change.company);
    if (change.address) {
        const AddressFields& fields = address_fields(module);
        record[fields.street] = value_or_null(change.address->street);
        record[fields.city] = value_or_null(change.address->city);
        record[fields.state] = value_or_null(change.address->state);
        record[fields.postal_code] = value_or_null(change.address->postal_code);
        record[fields.country] = value_or_null(change.address->country);
    }
    if (change.phones)
        if (const auto put = put_phones(record, module, *change.phones); !put)
            return std::unexpected(put.error());
    if (const auto put = put_custom_fields(record, change.custom_fields); !put)
        return std::unexpected(put.error());
    return record;
}

boost::json::object call_of(const Place& customer, const CallActivity& call) {
    const bool inbound = call.direction == CallDirection::inbound;
    const bool reached = call.outcome == CallOutcome::answered || call.outcome == CallOutcome::voicemail;
    const bool missed = inbound && !reached;
    boost::json::object record;
    record["Subject"] = call_subject(call);
    record["Call_Type"] = missed ? "Missed" : inbound ? "Inbound" : "Outbound";
    record["Call_Start_Time"] = with_offset(call.at);
    if (!missed)
        record["Call_Duration"] = minutes_and_seconds(call.duration);
    if (!inbound)
        record["Outgoing_Call_Status"] = "Completed";
    if (call.outcome == CallOutcome::no_answer || call.outcome == CallOutcome::busy)
        record["Call_Result"] = "No response/Busy";
    record["Description"] = description_of(call);
    put_customer(record, customer);
    return record;
}

boost::json::object task_of(const Place& customer, const CallActivity& call) {
    boost::json::object record;
    record["Subject"] = follow_up_subject(call);
    record["Due_Date"] = to_iso_day(call.follow_up->at);
    record["Status"] = "Not Started";
    const std::string& notes = call.follow_up->notes;
    record["Description"] = notes + (notes.empty() ? "" : "\n") + "At: " + to_iso8601(call.follow_up->at);
    put_customer(record, customer);
    return record;
}

Interaction call_interaction(const boost::json::object& row) {
    Interaction interaction{.id = "calls:" + text_in(row, "id"), .kind = "call"};
    interaction.subject = text_in(row, "Subject");
    interaction.notes = text_in(row, "Description");
    const std::string type = text_in(row, "Call_Type");
    interaction.direction = type == "Outbound" ? "outbound" : type.empty() ? "" : "inbound";
    interaction.outcome = text_in(row, "Call_Result");
    if (interaction.outcome.empty() && type == "Missed")
        interaction.outcome = name_of(CallOutcome::no_answer);
    interaction.duration = duration_in(row);
    interaction.agent = text_in(row, "Owner");
    interaction.at = parse_provider_time(text_in(row, "Call_Start_Time"));
    return interaction;
}

Interaction note_interaction(const boost::json::object& row) {
    Interaction interaction{.id = "notes:" + text_in(row, "id"), .kind = "note"};
    interaction.subject = text_in(row, "Note_Title");
    interaction.notes = text_in(row, "Note_Content");
    interaction.agent = text_in(row, "Owner");
    interaction.at = parse_provider_time(text_in(row, "Created_Time"));
    return interaction;
}

std::string criteria_value(std::string_view value) {
    std::string escaped;
    for (const char c : value) {
        if (std::string_view("(),\\").contains(c))
            escaped += '\\';
        escaped += c;
    }
    return escaped;
}

std::string phone_criteria(const std::vector<std::string>& forms) {
    std::string criteria;
    for (const std::string& form : forms)
        for (const std::string_view field : {"Phone", "Mobile"}) {
            if (!criteria.empty())
                criteria += "or";
            criteria += "(" + std::string(field) + ":equals:" + criteria_value(form) + ")";
        }
    return percent_encoded("(" + criteria + ")");
}

}  // namespace evergrant::connectors::zoho
