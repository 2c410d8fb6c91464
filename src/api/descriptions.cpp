#include "api/descriptions.h"

#include <boost/json/array.hpp>

#include <utility>

namespace evergrant::api {

namespace {

template <class Id>
boost::json::array names_of(const std::vector<Id>& ids) {
    boost::json::array names;
    for (const Id& id : ids)
        names.emplace_back(id.str());
    return names;
}

}  // namespace

boost::json::value time_or_null(const std::optional<sys_seconds>& time) {
    return time ? boost::json::value(to_iso8601(*time)) : boost::json::value(nullptr);
}

boost::json::value time_or_null(const std::optional<Instant>& time) {
    return time_or_null(time ? std::optional(std::chrono::floor<std::chrono::seconds>(*time)) : std::nullopt);
}

boost::json::value granted_by_or_null(const std::optional<oauth::Identity>& identity) {
    if (!identity)
        return nullptr;
    const auto text_or_null = [](const std::string& text) {
        return text.empty() ? boost::json::value(nullptr) : boost::json::value(text);
    };
    boost::json::object body;
    body["issuer"] = identity->issuer;
    body["subject"] = identity->subject;
    body["email"] = text_or_null(identity->email);
    body["name"] = text_or_null(identity->name);
    return body;
}

boost::json::object describe(const storage::ApiKey& key) {
    boost::json::object body;
    body["id"] = key.id;
    body["name"] = key.name;
    body["role"] = storage::name_of(key.role);
    body["tenants"] = names_of(key.tenants);
    body["providers"] = names_of(key.providers);
    body["methods"] = boost::json::array(key.limits.methods.begin(), key.limits.methods.end());
    body["paths"] = boost::json::array(key.limits.paths.begin(), key.limits.paths.end());
    body["expiresAt"] = time_or_null(key.expires_at);
    body["lastUsedAt"] = time_or_null(key.last_used_at);
    body["revokedAt"] = time_or_null(key.revoked_at);
    body["createdAt"] = to_iso8601(std::chrono::floor<std::chrono::seconds>(key.created_at));
    return body;
}

}  // namespace evergrant::api
