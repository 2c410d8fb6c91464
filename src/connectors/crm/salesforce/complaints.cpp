#include "connectors/crm/salesforce/complaints.h"

#include "connectors/json_fields.h"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace evergrant::connectors::salesforce {

namespace json = boost::json;

namespace {

constexpr std::string_view locked_row = "UNABLE_TO_LOCK_ROW";
constexpr std::chrono::seconds wait_for_the_days_limit{300};
constexpr std::chrono::seconds wait_for_a_moment{5};

struct Meaning {
    std::string_view code;
    Errc errc;
    std::string_view message;
};

/// Where several codes mean the same the text is the same.
constexpr std::string_view bad_value = "Salesforce does not take a value.";
constexpr std::string_view no_customer = "Salesforce has no such record, or its user may not see it.";
constexpr std::string_view no_access = "The Salesforce user of this connection may not do that; its profile decides.";
constexpr std::string_view missing_field = "Salesforce asks for a field that is missing.";
constexpr std::string_view is_duplicate = "Salesforce's duplicate rules say that this customer is there already.";

constexpr std::array meanings{
    Meaning{"NOT_FOUND", Errc::not_found, no_customer},
    Meaning{"ENTITY_IS_DELETED", Errc::not_found, no_customer},
    Meaning{"INVALID_CROSS_REFERENCE_KEY", Errc::not_found, no_customer},
    Meaning{"MALFORMED_ID", Errc::not_found, no_customer},
    Meaning{"REQUIRED_FIELD_MISSING", Errc::invalid_request, missing_field},
    Meaning{"INVALID_FIELD_FOR_INSERT_UPDATE", Errc::invalid_request, bad_value},
    Meaning{"INVALID_FIELD", Errc::invalid_request, "Salesforce has no such field here, or its user may not see it."},
    Meaning{"INVALID_EMAIL_ADDRESS", Errc::invalid_request, bad_value},
    Meaning{"STRING_TOO_LONG", Errc::invalid_request, "A text is longer than Salesforce's field."},
    Meaning{"NUMBER_OUTSIDE_VALID_RANGE", Errc::invalid_request, bad_value},
    Meaning{"INVALID_TYPE_ON_FIELD_IN_RECORD", Errc::invalid_request, bad_value},
    Meaning{"INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", Errc::invalid_request, bad_value},
    Meaning{"FIELD_CUSTOM_VALIDATION_EXCEPTION", Errc::invalid_request,
            "A validation rule of this Salesforce organisation refuses the record."},
    Meaning{"FIELD_INTEGRITY_EXCEPTION", Errc::invalid_request, bad_value},
    Meaning{"JSON_PARSER_ERROR", Errc::invalid_request, bad_value},
    Meaning{"CANNOT_UPDATE_CONVERTED_LEAD", Errc::conflict, "The lead was converted: change the contact it became."},
    Meaning{"DUPLICATES_DETECTED", Errc::conflict, is_duplicate},
    Meaning{"DUPLICATE_VALUE", Errc::conflict, is_duplicate},
    Meaning{"INSUFFICIENT_ACCESS", Errc::forbidden, no_access},
    Meaning{"INSUFFICIENT_ACCESS_OR_READONLY", Errc::forbidden, no_access},
    Meaning{"INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", Errc::forbidden, no_access},
    Meaning{"INVALID_TYPE", Errc::forbidden, no_access},
    Meaning{"API_DISABLED_FOR_ORG", Errc::forbidden, "This Salesforce edition, or the user's profile, has no API."},
    Meaning{"API_CURRENTLY_DISABLED", Errc::forbidden, "This Salesforce organisation's API is switched off."},
    Meaning{"REQUEST_LIMIT_EXCEEDED", Errc::rate_limited, "The Salesforce organisation's API requests are used up."},
    Meaning{locked_row, Errc::provider_error, "Salesforce was writing that record for somebody else. Try again."},
    Meaning{"SERVER_UNAVAILABLE", Errc::rate_limited, "Salesforce is overloaded. Try again in a moment."},
};

struct FieldName {
    std::string_view theirs;
    std::string_view ours;
};
constexpr std::array field_names{
    FieldName{"FirstName", "firstName"},
    FieldName{"LastName", "lastName"},
    FieldName{"Email", "email"},
    FieldName{"Phone", "phones"},
    FieldName{"MobilePhone", "phones"},
    FieldName{"HomePhone", "phones"},
    FieldName{"OtherPhone", "phones"},
    FieldName{"Company", "company"},
    FieldName{"AccountId", "company"},
    FieldName{"Title", "title"},
    FieldName{"WhoId", "customerId"},
    FieldName{"Subject", "subject"},
    FieldName{"Description", "notes"},
    FieldName{"Street", "address"},
    FieldName{"City", "address"},
    FieldName{"State", "address"},
    FieldName{"PostalCode", "address"},
    FieldName{"Country", "address"},
    FieldName{"MailingStreet", "address"},
    FieldName{"MailingCity", "address"},
    FieldName{"MailingState", "address"},
    FieldName{"MailingPostalCode", "address"},
    FieldName{"MailingCountry", "address"},
    FieldName{"CallDurationInSeconds", "durationSeconds"},
};

/// A name as fields have them: what comes from outside goes into a message only so.
bool is_field_name(std::string_view text) {
    constexpr std::size_t longest = 80;
    return !text.empty() && text.size() <= longest && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    });
}

std::string our_name_of(std::string_view field) {
    const auto known = std::ranges::find(field_names, field, &FieldName::theirs);
    return known == field_names.end() ? "customFields." + std::string(field) : std::string(known->ours);
}

void collect(const json::array& complaints, std::string_view code_member, std::vector<Complaint>& into) {
    for (const json::object& one : objects_in(complaints)) {
        Complaint complaint{.code = text_at(one, code_member), .fields = {}};
        for (const json::value& field : array_at(one, "fields")) {
            if (const json::string* const name = field.if_string(); name != nullptr && is_field_name(*name))
                complaint.fields.emplace_back(*name);
        }
        if (!complaint.code.empty())
            into.push_back(std::move(complaint));
    }
}

std::optional<std::chrono::seconds> retry_after_of(const Complaint& complaint) {
    if (complaint.code == "REQUEST_LIMIT_EXCEEDED")
        return wait_for_the_days_limit;
    if (complaint.code == "SERVER_UNAVAILABLE" || complaint.code == locked_row)
        return wait_for_a_moment;
    return std::nullopt;
}

Error error_of(const Complaint& complaint, const ApiAnswer& answer) {
    const std::string detail = "status " + std::to_string(answer.status) + ", " + complaint.code;
    const auto known = std::ranges::find(meanings, complaint.code, &Meaning::code);
    if (known == meanings.end())
        return {.code = Errc::provider_error, .message = "Salesforce refused the request.", .detail = detail};
    Error error{.code = known->errc, .message = std::string(known->message), .detail = detail};
    error.retry_after = retry_after_of(complaint);
    if (error.code == Errc::invalid_request) {
        for (const std::string& field : complaint.fields)
            error.fields.push_back(
                {.field = our_name_of(field), .message = "Salesforce names its field " + field + "."});
    }
    return error;
}

}  // namespace

std::vector<Complaint> complaints_in(const ApiAnswer& answer) {
    std::vector<Complaint> complaints;
    boost::system::error_code error;
    const json::value body = json::parse(answer.body, error);
    if (error || !body.is_array())
        return complaints;
    collect(body.get_array(), "errorCode", complaints);
    for (const json::object& record : objects_in(body.get_array()))
        collect(array_at(record, "errors"), "statusCode", complaints);
    // What else was asked for in the same change, and is not why it was refused.
    std::erase_if(complaints, [](const Complaint& one) { return one.code == "ALL_OR_NONE_OPERATION_ROLLED_BACK"; });
    return complaints;
}

Error error_in(const ApiAnswer& answer) {
    const std::vector<Complaint> complaints = complaints_in(answer);
    if (!complaints.empty())
        return error_of(complaints.front(), answer);
    const std::string detail =
        "status " + std::to_string(answer.status) + ", " + std::string(answer.header("content-type"));
    return {.code = Errc::provider_error,
            .message = "Salesforce answered what its documents do not know.",
            .detail = detail};
}

bool met_a_lock(const ApiAnswer& answer) {
    return std::ranges::any_of(complaints_in(answer), [](const Complaint& one) { return one.code == locked_row; });
}

}  // namespace evergrant::connectors::salesforce
