#pragma once
//
// What is stored, as the HTTP contract shows it: more than one route, and the CLI, say it in these words. Pure.
//
#include "base/clock.h"
#include "oauth/identity.h"
#include "storage/records.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <optional>

namespace evergrant::api {

[[nodiscard]] boost::json::value time_or_null(const std::optional<sys_seconds>& time);
[[nodiscard]] boost::json::value time_or_null(const std::optional<Instant>& time);

/// Who granted access, for admins and auditors alone; null: no id_token said it.
[[nodiscard]] boost::json::value granted_by_or_null(const std::optional<oauth::Identity>& identity);

/// A row of `GET /api/keys`: no secret.
[[nodiscard]] boost::json::object describe(const storage::ApiKey& key);

}  // namespace evergrant::api
