#include "api/crm_bodies.h"

#include "connectors/crm/customer_json.h"

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace evergrant::api {

namespace {

using connectors::CallActivity;
using connectors::CustomerChange;
using connectors::Phone;

constexpr std::size_t most_phones = 10;
constexpr std::size_t most_tags = 50;
constexpr std::size_t most_custom_fields = 100;
constexpr std::size_t longest_address = 254;
constexpr std::chrono::seconds longest_call = std::chrono::days(7);

Result<Phone> phone_of(const boost::json::value& value, const std::string& path) {
    Phone phone;
    if (value.is_string()) {
        phone.number = value.get_string();
        return phone;
    }
    auto body = Body::of(value, path, {"number", "label"});
    if (!body)
        return std::unexpected(std::move(body).error());
    phone.number = body->required_text("number");
    phone.label = body->text("label");
    if (const auto read = body->done(); !read)
        return std::unexpected(read.error());
    constexpr std::array<std::string_view, 5> labels{"", "phone", "mobile", "home", "other"};
    if (std::ranges::find(labels, phone.label) == labels.end())
        return invalid_field(path + ".label", path + ".label must be phone, mobile, home or other.");
    return phone;
}

Result<std::optional<std::vector<Phone>>> phones_of(Body& body) {
    const std::string single = body.text("phone");
    const auto list = body.array("phones", most_phones);
    if (!single.empty() && list)
        return invalid_field("phone", "Send phone or phones, not both.");
    if (!single.empty())
        return std::optional(std::vector<Phone>{{.number = single}});
    if (!list)
        return std::nullopt;
    std::vector<Phone> phones;
    for (const auto& item : *list) {
        auto phone = phone_of(item, "phones[" + std::to_string(phones.size()) + "]");
        if (!phone)
            return std::unexpected(std::move(phone).error());
        phones.push_back(std::move(*phone));
    }
    return std::optional(std::move(phones));
}

Result<std::optional<connectors::Address>> address_of(Body& body) {
    auto given = body.object("address");
    if (!given)
        return std::nullopt;
    auto parts = Body::of(std::move(*given), "address", {"street", "city", "state", "postalCode", "country"});
    if (!parts)
        return std::unexpected(std::move(parts).error());
    connectors::Address address;
    address.street = parts->text("street");
    address.city = parts->text("city");
    address.state = parts->text("state");
    address.postal_code = parts->text("postalCode");
    address.country = parts->text("country");
    if (const auto read = parts->done(); !read)
        return std::unexpected(read.error());
    return std::optional(std::move(address));
}

std::optional<std::string> text_if_there(Body& body, std::string_view name) {
    return body.has(name) ? std::optional(body.text(name)) : std::nullopt;
}

/// As much of an address as every CRM agrees on: what is more exact is theirs to say.
bool is_email(std::string_view text) {
    const std::size_t at = text.find('@');
    const bool plain = std::ranges::all_of(text, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte > ' ' && byte != 0x7F && c != '"' && c != '\\' && c != ',' && c != '<' && c != '>';
    });
    return plain && text.size() <= longest_address && at != 0 && at != std::string_view::npos && at + 1 < text.size() &&
           text.find('@', at + 1) == std::string_view::npos;
}

Result<CustomerChange> change_of(Body& body) {
    CustomerChange change;
    change.first_name = text_if_there(body, "firstName");
    change.last_name = text_if_there(body, "lastName");
    change.email = text_if_there(body, "email");
    change.company = text_if_there(body, "company");
    change.title = text_if_there(body, "title");
    change.kind = body.text("kind");
    if (body.has("tags"))
        change.tags = body.texts("tags", most_tags);
    if (auto custom = body.object("customFields"))
        change.custom_fields = std::move(*custom);
    auto phones = phones_of(body);
    if (!phones)
        return std::unexpected(std::move(phones).error());
    change.phones = std::move(*phones);
    auto address = address_of(body);
    if (!address)
        return std::unexpected(std::move(address).error());
    change.address = std::move(*address);
    if (const auto read = body.done(); !read)
        return std::unexpected(read.error());
    if (change.email && !change.email->empty() && !is_email(*change.email))
        return invalid_field("email", "email must be an e-mail address.");
    if (!change.kind.empty() && change.kind != "contact" && change.kind != "lead")
        return invalid_field("kind", "kind must be contact or lead.");
    if (change.custom_fields.size() > most_custom_fields)
        return invalid_field("customFields", "customFields may hold at most 100 fields.");
    return change;
}

Result<std::optional<connectors::FollowUp>> follow_up_of(Body& body) {
    auto given = body.object("followUp");
    if (!given)
        return std::nullopt;
    auto parts = Body::of(std::move(*given), "followUp", {"at", "notes"});
    if (!parts)
        return std::unexpected(std::move(parts).error());
    const auto at = parts->time("at");
    std::string notes = parts->text("notes");
    if (const auto read = parts->done(); !read)
        return std::unexpected(read.error());
    if (!at)
        return invalid_field("followUp.at", "followUp.at is required.");
    return std::optional(connectors::FollowUp{.at = *at, .notes = std::move(notes)});
}

bool is_link(std::string_view text) {
    const bool plain = std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7F && c != '"' && c != '<'; });
    return plain && text.starts_with("https://");
}

}  // namespace

Result<CustomerBody> read_customer(const net::Request& request) {
    auto body = Body::parse(request, {"firstName", "lastName", "email", "phone", "phones", "company", "title",
                                      "address", "tags", "customFields", "kind", "region"});
    if (!body)
        return std::unexpected(std::move(body).error());
    CustomerBody customer;
    customer.region = body->text("region");
    auto change = change_of(*body);
    if (!change)
        return std::unexpected(std::move(change).error());
    customer.change = std::move(*change);
    return customer;
}

Result<CallBody> read_call(const net::Request& request, sys_seconds now) {
    auto body = Body::parse(request, {"customerId", "direction", "outcome", "at", "durationSeconds", "phone", "agent",
                                      "subject", "notes", "tags", "recordingUrl", "followUp", "region"});
    if (!body)
        return std::unexpected(std::move(body).error());
    CallActivity call{.customer_id = body->required_text("customerId"), .at = body->time("at").value_or(now)};
    const auto direction = connectors::call_direction_named(body->required_text("direction"));
    const auto outcome = connectors::call_outcome_named(body->required_text("outcome"));
    call.duration = body->seconds("durationSeconds", longest_call);
    call.phone = body->text("phone");
    call.agent = body->text("agent");
    call.subject = body->text("subject");
    call.notes = body->text("notes");
    call.tags = body->texts("tags", most_tags);
    call.recording_url = body->text("recordingUrl");
    std::string region = body->text("region");
    auto follow_up = follow_up_of(*body);
    if (const auto read = body->done(); !read)
        return std::unexpected(read.error());
    if (!follow_up)
        return std::unexpected(std::move(follow_up).error());
    if (!direction)
        return invalid_field("direction", "direction must be inbound or outbound.");
    if (!outcome)
        return invalid_field("outcome", "outcome must be answered, voicemail, no_answer, busy or failed.");
    if (!call.recording_url.empty() && !is_link(call.recording_url))
        return invalid_field("recordingUrl", "recordingUrl must be an https URL.");
    call.direction = *direction;
    call.outcome = *outcome;
    call.follow_up = std::move(*follow_up);
    return CallBody{.call = std::move(call), .region = std::move(region)};
}

}  // namespace evergrant::api
