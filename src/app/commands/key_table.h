#pragma once
//
// API keys as the CLI shows them, in the words of the HTTP contract.
//
#include "storage/records.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <iosfwd>
#include <span>

namespace evergrant::app {

/// As `GET /api/keys` has it: no secret.
[[nodiscard]] boost::json::object describe(const storage::ApiKey& key);

/// A table for people, or the array as JSON.
void print_keys(std::ostream& out, const boost::json::array& keys, bool as_json);

}  // namespace evergrant::app
