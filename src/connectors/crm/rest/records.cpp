#include "connectors/crm/rest/records.h"

#include "connectors/calendar/written_time.h"
#include "connectors/crm/call_text.h"
#include "connectors/crm/customer_json.h"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

namespace evergrant::connectors::rest {

namespace {

using Places = std::map<std::string, std::string>;

const std::string* place_of(const Places& places, const std::string& name) {
    const auto found = places.find(name);
    return found == places.end() ? nullptr : &found->second;
}

std::string read(const boost::json::value& record, const Places& places, const std::string& name) {
    const std::string* place = place_of(places, name);
    return place == nullptr ? std::string() : text_at(record, *place);
}

std::optional<sys_seconds> read_time(const boost::json::value& record, const Places& places, const std::string& name) {
    return parse_time(read(record, places, name), TimeZone());
}

/// One name of a JSON pointer, as it is meant.
std::string unescaped(std::string_view token) {
    std::string name;
    for (std::size_t i = 0; i < token.size(); ++i) {
        const bool escape = token[i] == '~' && i + 1 < token.size();
        name += escape ? (token[++i] == '1' ? '/' : '~') : token[i];
    }
    return name;
}

/// A number as a name is a place in a list; the first few alone, so that no description makes long lists.
std::optional<std::size_t> index_of(std::string_view token) {
    const bool digit = token.size() == 1 && token.front() >= '0' && token.front() <= '9';
    return digit ? std::optional(static_cast<std::size_t>(token.front() - '0')) : std::nullopt;
}

/// Puts `value` at `place`, making what is on the way. What another place has made a text stays one.
void put(boost::json::value& record, std::string_view place, boost::json::value value) {
    boost::json::value* here = &record;
    while (!place.empty()) {
        place.remove_prefix(1);
        const std::string_view token = place.substr(0, place.find('/'));
        place.remove_prefix(token.size());
        const auto index = index_of(token);
        if (index && (here->is_null() || here->is_array())) {
            boost::json::array& list = here->is_null() ? here->emplace_array() : here->get_array();
            if (list.size() <= *index)
                list.resize(*index + 1);
            here = &list[*index];
        } else if (here->is_null() || here->is_object()) {
            boost::json::object& object = here->is_null() ? here->emplace_object() : here->get_object();
            here = &object[unescaped(token)];
        } else {
            return;
        }
    }
    *here = std::move(value);
}

std::vector<std::string> read_tags(const boost::json::value& record, const Places& places) {
    std::vector<std::string> tags;
    const std::string* place = place_of(places, "tags");
    const auto* found = place == nullptr ? nullptr : at(record, *place);
    if (found == nullptr || !found->is_array())
        return tags;
    for (const auto& tag : found->get_array())
        if (tag.is_string())
            tags.emplace_back(tag.get_string());
    return tags;
}

/// Writes what is given and has a place; notes the first that has none.
class Writer {
public:
    explicit Writer(const Places& places) : places_(places) {}

    void text(const std::string& name, std::string_view field, const std::optional<std::string>& value) {
        if (value)
            put_in(name, field, boost::json::value(boost::json::string_view(*value)));
    }
    void put_in(const std::string& name, std::string_view field, boost::json::value value) {
        const std::string* place = place_of(places_, name);
        if (place != nullptr)
            put(record_, *place, std::move(value));
        else if (missing_.empty())
            missing_ = field;
    }
    [[nodiscard]] Result<boost::json::value> done() && {
        if (!missing_.empty())
            return invalid_field(missing_, "This CRM has no place for " + missing_ + ".");
        return std::move(record_);
    }

private:
    const Places& places_;
    boost::json::value record_ = boost::json::object();
    std::string missing_;
};

void write_phones(Writer& writer, const std::vector<Phone>& phones) {
    const auto is_mobile = [](const Phone& phone) { return phone.label == "mobile"; };
    const auto phone = std::ranges::find_if_not(phones, is_mobile);
    const auto mobile = std::ranges::find_if(phones, is_mobile);
    if (phone != phones.end())
        writer.text("phone", "phones", phone->number);
    if (mobile != phones.end())
        writer.text("mobile", "phones", mobile->number);
    if (phones.empty())
        writer.text("phone", "phones", std::string());
}

void write_address(Writer& writer, const Address& address) {
    // What is empty and has no place is nothing that could be lost.
    const std::array<std::pair<const char*, const std::string*>, 5> parts{{{"street", &address.street},
                                                                           {"city", &address.city},
                                                                           {"state", &address.state},
                                                                           {"postal_code", &address.postal_code},
                                                                           {"country", &address.country}}};
    for (const auto& [name, value] : parts)
        if (!value->empty())
            writer.text(name, "address", *value);
}

boost::json::array array_of(const std::vector<std::string>& texts) {
    boost::json::array array;
    for (const std::string& text : texts)
        array.push_back(boost::json::value(boost::json::string_view(text)));
    return array;
}

}  // namespace

const boost::json::value* at(const boost::json::value& root, const std::string& place) {
    boost::system::error_code error;
    return root.find_pointer(place, error);
}

std::string text_at(const boost::json::value& root, const std::string& place) {
    const auto* found = at(root, place);
    if (found == nullptr)
        return {};
    if (found->is_string())
        return std::string(found->get_string());
    return found->is_number() ? boost::json::serialize(*found) : std::string();
}

Customer customer_of(const catalog::CrmApi& api, const boost::json::value& record) {
    const Places& places = api.fields;
    Customer customer{.id = read(record, places, "id"), .kind = read(record, places, "kind")};
    if (customer.kind.empty())
        customer.kind = "contact";
    customer.first_name = read(record, places, "first_name");
    customer.last_name = read(record, places, "last_name");
    customer.name = read(record, places, "name");
    if (customer.name.empty()) {
        const bool both = !customer.first_name.empty() && !customer.last_name.empty();
        customer.name = customer.first_name + (both ? " " : "") + customer.last_name;
    }
    customer.email = read(record, places, "email");
    for (const char* label : {"phone", "mobile"})
        if (std::string number = read(record, places, label); !number.empty())
            customer.phones.push_back({.number = std::move(number), .label = label});
    customer.company = read(record, places, "company");
    customer.title = read(record, places, "title");
    customer.address = {.street = read(record, places, "street"),
                        .city = read(record, places, "city"),
                        .state = read(record, places, "state"),
                        .postal_code = read(record, places, "postal_code"),
                        .country = read(record, places, "country")};
    customer.tags = read_tags(record, places);
    customer.last_contact_at = read_time(record, places, "last_contact_at");
    const std::string* custom = place_of(places, "custom_fields");
    const auto* fields = custom == nullptr ? nullptr : at(record, *custom);
    if (fields != nullptr && fields->is_object())
        customer.custom_fields = fields->get_object();
    return customer;
}

Interaction interaction_of(const catalog::CrmApi& api, const boost::json::value& record) {
    const Places& places = api.interaction_fields;
    Interaction interaction{.id = read(record, places, "id"), .kind = read(record, places, "kind")};
    if (interaction.kind.empty())
        interaction.kind = "call";
    interaction.subject = read(record, places, "subject");
    interaction.notes = read(record, places, "notes");
    interaction.direction = read(record, places, "direction");
    interaction.outcome = read(record, places, "outcome");
    interaction.agent = read(record, places, "agent");
    interaction.at = read_time(record, places, "at");
    const std::string duration = read(record, places, "duration_seconds");
    std::int64_t seconds = 0;
    const char* const last = duration.data() + duration.size();
    const auto [end, error] = std::from_chars(duration.data(), last, seconds);
    if (!duration.empty() && error == std::errc() && end == last)
        interaction.duration = std::chrono::seconds(seconds);
    return interaction;
}

Result<boost::json::value> describe(const catalog::CrmApi& api, const CustomerChange& change) {
    Writer writer(api.fields);
    writer.text("first_name", "firstName", change.first_name);
    writer.text("last_name", "lastName", change.last_name);
    writer.text("email", "email", change.email);
    writer.text("company", "company", change.company);
    writer.text("title", "title", change.title);
    if (!change.kind.empty())
        writer.text("kind", "kind", change.kind);
    if (change.phones)
        write_phones(writer, *change.phones);
    if (change.address)
        write_address(writer, *change.address);
    if (change.tags)
        writer.put_in("tags", "tags", array_of(*change.tags));
    if (!change.custom_fields.empty())
        writer.put_in("custom_fields", "customFields", change.custom_fields);
    return std::move(writer).done();
}

boost::json::value describe(const catalog::CrmApi& api, const CallActivity& call) {
    const Places& places = api.call_fields;
    boost::json::value record = boost::json::object();
    const auto write = [&](const std::string& name, const std::string& text) {
        const std::string* place = place_of(places, name);
        if (place != nullptr && !text.empty())
            put(record, *place, boost::json::value(boost::json::string_view(text)));
    };
    const auto lacks = [&](const std::string& name) { return place_of(places, name) == nullptr; };
    std::vector<CallDetail> details;
    if (lacks("at"))
        details.push_back(CallDetail::began);
    if (lacks("agent"))
        details.push_back(CallDetail::agent);
    if (lacks("phone"))
        details.push_back(CallDetail::phone);
    if (lacks("recording_url"))
        details.push_back(CallDetail::recording);
    if (lacks("tags"))
        details.push_back(CallDetail::tags);
    write("customer_id", call.customer_id);
    write("direction", call.direction == CallDirection::inbound ? "inbound" : "outbound");
    write("outcome", std::string(name_of(call.outcome)));
    write("at", evergrant::to_iso8601(call.at));
    write("phone", call.phone);
    write("agent", call.agent);
    write("subject", call_subject(call));
    write("notes", call_text(call, details));
    write("recording_url", call.recording_url);
    if (const std::string* place = place_of(places, "duration_seconds"))
        put(record, *place, call.duration.count());
    if (const std::string* place = place_of(places, "tags"); place != nullptr && !call.tags.empty())
        put(record, *place, array_of(call.tags));
    if (call.follow_up) {
        write("follow_up_at", evergrant::to_iso8601(call.follow_up->at));
        write("follow_up_notes", call.follow_up->notes);
    }
    return record;
}

}  // namespace evergrant::connectors::rest
