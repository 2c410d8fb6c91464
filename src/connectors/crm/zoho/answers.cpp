#include "connectors/crm/zoho/answers.h"

#include "connectors/json_fields.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

namespace evergrant::connectors::zoho {

namespace {

constexpr unsigned nothing = 204;
constexpr unsigned first_refusal = 400;
constexpr unsigned unauthorized = 401;
constexpr unsigned forbidden = 403;
constexpr unsigned missing = 404;
constexpr unsigned throttled = 429;
constexpr unsigned first_of_server = 500;
constexpr std::size_t longest_shown = 64;

/// The field that an error is about, if it is named as fields are: nothing else of an answer is shown to anybody.
std::string field_in(const boost::json::object& error) {
    std::string field = text_at(object_at(error, "details"), "api_name");
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    };
    return field.size() <= longest_shown && std::ranges::all_of(field, plain) ? field : std::string();
}

/// As our routes name it.
std::string our_name_of(const std::string& field) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 12> names{{
        {"Last_Name", "lastName"},
        {"First_Name", "firstName"},
        {"Email", "email"},
        {"Phone", "phones"},
        {"Mobile", "phones"},
        {"Home_Phone", "phones"},
        {"Other_Phone", "phones"},
        {"Company", "company"},
        {"Account_Name", "company"},
        {"Call_Start_Time", "at"},
        {"Call_Duration", "durationSeconds"},
        {"Subject", "subject"},
    }};
    const auto* found = std::ranges::find(names, std::string_view(field), &decltype(names)::value_type::first);
    return found == names.end() ? field : std::string(found->second);
}

std::unexpected<Error> refused_value(const std::string& field, std::string_view why, std::string detail) {
    const std::string name = our_name_of(field);
    auto refused = name.empty() ? failure(Errc::invalid_request, "Zoho CRM does not take a value of this.")
                                : invalid_field(name, name + std::string(why));
    refused.error().detail = std::move(detail);
    return refused;
}

std::unexpected<Error> by_status(unsigned status, std::string detail) {
    if (status == unauthorized)
        return failure(Errc::provider_error, "Zoho CRM refuses the token.", std::move(detail));
    if (status == forbidden)
        return failure(Errc::forbidden, "Zoho CRM does not allow this to whoever granted access.", std::move(detail));
    if (status == missing)
        return failure(Errc::not_found, "There is no such thing in Zoho CRM.", std::move(detail));
    if (status == throttled)
        return failure(Errc::rate_limited, "Zoho CRM bears no more calls at the moment.", std::move(detail));
    return failure(Errc::provider_error,
                   status >= first_of_server ? "Zoho CRM is not well; try again later."
                                             : "Zoho CRM did not understand what it was asked.",
                   std::move(detail));
}

std::unexpected<Error> error_of(unsigned status, const boost::json::object& error) {
    const std::string code = text_at(error, "code");
    const std::string field = field_in(error);
    std::string detail = "status " + std::to_string(status) + ", " + code + ", " + text_at(error, "message");
    if (code == "OAUTH_SCOPE_MISMATCH")
        return failure(
            Errc::forbidden,
            "The grant does not allow this: it needs the scope ZohoCRM.modules.ALL. Authorize again with it.",
            std::move(detail));
    if (code == "NO_PERMISSION" || code == "PERMISSION_DENIED" || code == "AUTHORIZATION_FAILED")
        return by_status(forbidden, std::move(detail));
    if (code == "INVALID_MODULE" || code == "NOT_SUPPORTED")
        return failure(Errc::forbidden, "Zoho CRM has no such module, or whoever granted access may not see it.",
                       std::move(detail));
    if (code == "MANDATORY_NOT_FOUND" || code == "REQUIRED_PARAM_MISSING")
        return refused_value(field, " is mandatory in Zoho CRM.", std::move(detail));
    if (code == "DUPLICATE_DATA")
        return failure(Errc::conflict,
                       "Zoho CRM has another record with the same " +
                           (field.empty() ? std::string("value") : our_name_of(field)) + ".",
                       std::move(detail));
    const bool no_such_record =
        (code == "INVALID_DATA" && (field == "id" || field == "Who_Id" || field == "What_Id")) ||
        code == "RECORD_NOT_FOUND";
    if (no_such_record)
        return failure(Errc::not_found, "There is no such customer in Zoho CRM.", std::move(detail));
    if (code == "INVALID_DATA")
        return refused_value(field, " is not as Zoho CRM takes it.", std::move(detail));
    if (code == "TOO_MANY_REQUESTS" || code == "LIMIT_EXCEEDED")
        return by_status(throttled, std::move(detail));
    return by_status(status, std::move(detail));
}

}  // namespace

Result<boost::json::object> object_of(const ApiAnswer& answer) {
    if (answer.status == nothing)
        return boost::json::object();
    auto object = json_object_of(answer);
    if (!object && answer.status >= first_refusal)
        return by_status(answer.status, object.error().detail);
    if (object && (answer.status >= first_refusal || text_at(*object, "status") == "error"))
        return error_of(answer.status, *object);
    return object;
}

Result<Written> written_record(const ApiAnswer& answer) {
    auto object = json_object_of(answer);
    if (!object)
        return by_status(answer.status, object.error().detail);
    const std::vector<boost::json::object> rows = objects_in(array_at(*object, "data"));
    if (rows.size() != 1)
        return error_of(answer.status, *object);
    if (text_at(rows.front(), "code") != "SUCCESS")
        return error_of(answer.status, rows.front());
    std::string id = text_at(object_at(rows.front(), "details"), "id");
    if (id.empty())
        return failure(Errc::provider_error, "Zoho CRM does not say which record it has written.");
    return Written{.id = std::move(id), .created = text_at(rows.front(), "action") != "update"};
}

}  // namespace evergrant::connectors::zoho
