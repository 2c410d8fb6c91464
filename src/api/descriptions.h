#pragma once
//
// What is stored, as the HTTP contract shows it: more than one route, and the CLI, say it in these words. Pure.
//
#include "base/clock.h"
#include "storage/records.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <optional>

namespace evergrant::api {

[[nodiscard]] boost::json::value time_or_null(const std::optional<sys_seconds>& time);
[[nodiscard]] boost::json::value time_or_null(const std::optional<Instant>& time);

/// A row of `GET /api/keys`: no secret.
[[nodiscard]] boost::json::object describe(const storage::ApiKey& key);

}  // namespace evergrant::api
