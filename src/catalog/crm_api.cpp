#include "catalog/crm_api.h"

namespace evergrant::catalog {

const std::vector<CrmOperationRule>& crm_operations() {
    static const std::vector<CrmOperationRule> rules{
        {"find_by_phone", {"GET"}, {"phone"}},
        {"find_by_email", {"GET"}, {"email"}},
        {"search", {"GET"}, {"words", "limit", "cursor", "page"}},
        {"find", {"GET"}, {"id"}},
        {"create", {"POST", "PUT"}, {}},
        {"update", {"PATCH", "PUT", "POST"}, {"id"}},
        {"log_call", {"POST", "PUT"}, {"id"}},
        {"interactions", {"GET"}, {"id", "limit", "cursor", "page"}},
    };
    return rules;
}

const std::vector<std::string_view>& crm_fields() {
    static const std::vector<std::string_view> names{
        "id",      "kind",    "first_name",      "last_name",    "name", "email", "phone",
        "mobile",  "company", "title",           "street",       "city", "state", "postal_code",
        "country", "tags",    "last_contact_at", "custom_fields"};
    return names;
}

const std::vector<std::string_view>& crm_call_fields() {
    static const std::vector<std::string_view> names{
        "customer_id", "direction", "outcome",       "at",           "duration_seconds", "phone", "agent", "subject",
        "notes",       "tags",      "recording_url", "follow_up_at", "follow_up_notes"};
    return names;
}

const std::vector<std::string_view>& crm_interaction_fields() {
    static const std::vector<std::string_view> names{
        "id", "kind", "subject", "notes", "direction", "outcome", "duration_seconds", "agent", "at"};
    return names;
}

}  // namespace evergrant::catalog
