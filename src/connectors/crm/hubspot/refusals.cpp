#include "connectors/crm/hubspot/refusals.h"

#include "connectors/json_fields.h"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <array>
#include <vector>

namespace evergrant::connectors::hubspot {

namespace json = boost::json;

namespace {

constexpr unsigned forbidden_status = 403;
constexpr unsigned not_found_status = 404;
constexpr unsigned conflict_status = 409;
constexpr unsigned locked_status = 423;
constexpr unsigned too_many_status = 429;
constexpr unsigned migration_status = 477;
constexpr unsigned bad_request_status = 400;

constexpr std::chrono::seconds wait_for_the_day{300};
constexpr std::chrono::seconds wait_for_ten_seconds{10};
constexpr std::chrono::seconds wait_for_a_lock{2};

struct PropertyName {
    std::string_view theirs;
    std::string_view ours;
};
constexpr std::array property_names{
    PropertyName{"firstname", "firstName"},
    PropertyName{"lastname", "lastName"},
    PropertyName{"email", "email"},
    PropertyName{"phone", "phones"},
    PropertyName{"mobilephone", "phones"},
    PropertyName{"company", "company"},
    PropertyName{"jobtitle", "title"},
    PropertyName{"address", "address"},
    PropertyName{"city", "address"},
    PropertyName{"state", "address"},
    PropertyName{"zip", "address"},
    PropertyName{"country", "address"},
    PropertyName{"hs_call_title", "subject"},
    PropertyName{"hs_call_body", "notes"},
    PropertyName{"hs_call_recording_url", "recordingUrl"},
    PropertyName{"hs_task_body", "followUp"},
};

/// What comes from outside goes into a message only where it looks like a name of a property or a scope.
bool is_name(std::string_view text) {
    constexpr std::size_t longest = 100;
    return !text.empty() && text.size() <= longest && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
    });
}

void add_name(std::string_view name, std::vector<std::string>& names) {
    if (is_name(name) && std::ranges::find(names, name) == names.end())
        names.emplace_back(name);
}

/// Names come as a text or as a list of them.
void add_names(const json::value* value, std::vector<std::string>& names) {
    if (value == nullptr)
        return;
    if (const json::string* const text = value->if_string())
        add_name(*text, names);
    if (const json::array* const list = value->if_array()) {
        for (const json::value& one : *list) {
            if (const json::string* const text = one.if_string())
                add_name(*text, names);
        }
    }
}

std::vector<std::string> missing_scopes(const json::object& body) {
    std::vector<std::string> scopes;
    std::vector<json::object> contexts{object_at(body, "context")};
    for (const json::object& error : objects_in(array_at(body, "errors")))
        contexts.push_back(object_at(error, "context"));
    for (const json::object& context : contexts) {
        for (const std::string_view member : {"missingScopes", "requiredScopes", "requiredGranularScopes"})
            add_names(context.if_contains(member), scopes);
    }
    return scopes;
}

/// Some validations tell their property only in a list that stands as JSON in the message.
void add_names_in_message(const std::string& message, std::vector<std::string>& names) {
    const std::size_t begins = message.find("[{");
    if (begins == std::string::npos)
        return;
    boost::system::error_code error;
    const json::value list = json::parse(std::string_view(message).substr(begins), error);
    if (error || !list.is_array())
        return;
    for (const json::object& one : objects_in(list.get_array()))
        add_name(text_at(one, "name"), names);
}

std::vector<std::string> wrong_properties(const json::object& body) {
    std::vector<std::string> names;
    for (const json::object& error : objects_in(array_at(body, "errors"))) {
        add_names(object_at(error, "context").if_contains("propertyName"), names);
        add_names(object_at(error, "context").if_contains("properties"), names);
        add_names_in_message(text_at(error, "message"), names);
    }
    add_names_in_message(text_at(body, "message"), names);
    return names;
}

std::string our_name_of(std::string_view property) {
    const auto known = std::ranges::find(property_names, property, &PropertyName::theirs);
    return known == property_names.end() ? "customFields." + std::string(property) : std::string(known->ours);
}

Error invalid(const json::object& body) {
    Error error{.code = Errc::invalid_request, .message = "HubSpot does not take a value."};
    for (const std::string& property : wrong_properties(body))
        error.fields.push_back(
            {.field = our_name_of(property), .message = "HubSpot refuses its property " + property + "."});
    return error;
}

Error forbidden(const json::object& body) {
    Error error{.code = Errc::forbidden, .message = "This connection's grant does not allow that at HubSpot."};
    std::string scopes;
    for (const std::string& scope : missing_scopes(body))
        scopes += (scopes.empty() ? "" : ", ") + scope;
    if (!scopes.empty())
        error.message = "The grant lacks a scope of HubSpot: " + scopes + ". Authorize again with it.";
    return error;
}

Error throttled(std::string message, std::chrono::seconds wait) {
    Error error{.code = Errc::rate_limited, .message = std::move(message)};
    error.retry_after = wait;
    return error;
}

Error limited(const json::object& body) {
    if (text_at(body, "policyName") == "DAILY")
        return throttled("The day's requests of the HubSpot account are used up.", wait_for_the_day);
    return throttled("HubSpot is asked too often by this account's apps.", wait_for_ten_seconds);
}

Error of_status(unsigned status, const json::object& body) {
    const std::string category = text_at(body, "category");
    if (status == not_found_status || category == "OBJECT_NOT_FOUND")
        return {.code = Errc::not_found, .message = "HubSpot has no such contact."};
    if (status == conflict_status || category == "CONFLICT")
        return {.code = Errc::conflict, .message = "Another contact in HubSpot has that e-mail address."};
    if (status == too_many_status || category == "RATE_LIMITS")
        return limited(body);
    if (status == migration_status)
        return throttled("HubSpot is moving this account to another data centre.", wait_for_the_day);
    if (status == locked_status)
        return throttled("HubSpot is writing that record for somebody else.", wait_for_a_lock);
    if (status == forbidden_status || category == "MISSING_SCOPES")
        return forbidden(body);
    if (status == bad_request_status)
        return invalid(body);
    return {.code = Errc::provider_error, .message = "HubSpot refused the request."};
}

json::object body_of(const ApiAnswer& answer) {
    boost::system::error_code error;
    json::value body = json::parse(answer.body, error);
    return !error && body.is_object() ? std::move(body.get_object()) : json::object();
}

}  // namespace

Error error_in(const ApiAnswer& answer) {
    const json::object body = body_of(answer);
    const std::string category = text_at(body, "category");
    Error error = of_status(answer.status, body);
    // A page of a proxy on the way is no word of HubSpot's.
    if (body.empty() && error.code != Errc::rate_limited)
        error = {.code = Errc::provider_error, .message = "HubSpot answered what its documents do not know."};
    error.detail = "status " + std::to_string(answer.status) + (is_name(category) ? ", " : "") + category;
    return error;
}

std::optional<std::string> existing_contact_in(const ApiAnswer& answer) {
    constexpr std::string_view before = "Existing ID: ";
    if (answer.status != conflict_status)
        return std::nullopt;
    const std::string message = text_at(body_of(answer), "message");
    const std::size_t found = message.find(before);
    if (found == std::string::npos)
        return std::nullopt;
    const std::size_t begin = found + before.size();
    const std::size_t end = std::min(message.find_first_not_of("0123456789", begin), message.size());
    std::string id = message.substr(begin, end - begin);
    if (!is_object_id(id))
        return std::nullopt;
    return id;
}

bool is_object_id(std::string_view text) {
    constexpr std::size_t longest = 19;  // of 63 bits
    return !text.empty() && text.size() <= longest &&
           std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace evergrant::connectors::hubspot
