#include "connectors/crm/customer_json.h"

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace evergrant::connectors {

namespace {

constexpr std::array directions{std::pair{CallDirection::inbound, std::string_view("inbound")},
                                std::pair{CallDirection::outbound, std::string_view("outbound")}};
constexpr std::array outcomes{std::pair{CallOutcome::answered, std::string_view("answered")},
                              std::pair{CallOutcome::voicemail, std::string_view("voicemail")},
                              std::pair{CallOutcome::no_answer, std::string_view("no_answer")},
                              std::pair{CallOutcome::busy, std::string_view("busy")},
                              std::pair{CallOutcome::failed, std::string_view("failed")}};

template <class Table, class Value>
std::string_view name_in(const Table& table, Value value) noexcept {
    return std::ranges::find(table, value, &Table::value_type::first)->second;
}

template <class Table>
auto value_in(const Table& table, std::string_view name) noexcept {
    const auto found = std::ranges::find(table, name, &Table::value_type::second);
    return found == table.end() ? std::nullopt : std::optional(found->first);
}

void put(boost::json::object& object, std::string_view name, const std::string& value) {
    if (!value.empty())
        object[name] = value;
}

void put(boost::json::object& object, std::string_view name, const std::optional<sys_seconds>& time) {
    if (time)
        object[name] = to_iso8601(*time);
}

boost::json::object to_json(const Address& address) {
    boost::json::object object;
    put(object, "street", address.street);
    put(object, "city", address.city);
    put(object, "state", address.state);
    put(object, "postalCode", address.postal_code);
    put(object, "country", address.country);
    return object;
}

boost::json::array to_json(const std::vector<Phone>& phones) {
    boost::json::array list;
    for (const Phone& phone : phones) {
        boost::json::object object;
        object["number"] = phone.number;
        put(object, "label", phone.label);
        list.push_back(std::move(object));
    }
    return list;
}

}  // namespace

std::string_view name_of(CallDirection direction) noexcept {
    return name_in(directions, direction);
}

std::string_view name_of(CallOutcome outcome) noexcept {
    return name_in(outcomes, outcome);
}

std::optional<CallDirection> call_direction_named(std::string_view name) noexcept {
    return value_in(directions, name);
}

std::optional<CallOutcome> call_outcome_named(std::string_view name) noexcept {
    return value_in(outcomes, name);
}

boost::json::object to_json(const Interaction& interaction) {
    boost::json::object object;
    object["id"] = interaction.id;
    object["kind"] = interaction.kind;
    put(object, "subject", interaction.subject);
    put(object, "notes", interaction.notes);
    put(object, "direction", interaction.direction);
    put(object, "outcome", interaction.outcome);
    if (interaction.duration)
        object["durationSeconds"] = interaction.duration->count();
    put(object, "agent", interaction.agent);
    put(object, "at", interaction.at);
    return object;
}

boost::json::object to_json(const Customer& customer, bool whole) {
    boost::json::object object;
    object["id"] = customer.id;
    object["kind"] = customer.kind;
    put(object, "firstName", customer.first_name);
    put(object, "lastName", customer.last_name);
    put(object, "name", customer.name);
    put(object, "email", customer.email);
    object["phones"] = to_json(customer.phones);
    put(object, "company", customer.company);
    put(object, "title", customer.title);
    if (customer.address != Address())
        object["address"] = to_json(customer.address);
    object["tags"] = boost::json::array(customer.tags.begin(), customer.tags.end());
    object["customFields"] = customer.custom_fields;
    put(object, "lastContactAt", customer.last_contact_at);
    if (!whole)
        return object;
    boost::json::array list;
    for (const Interaction& interaction : customer.interactions)
        list.push_back(to_json(interaction));
    object["interactions"] = std::move(list);
    return object;
}

}  // namespace evergrant::connectors
