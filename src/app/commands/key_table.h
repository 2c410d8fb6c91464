#pragma once
//
// API keys as the CLI shows them, in the words of the HTTP contract.
//
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <iosfwd>
#include <span>

namespace evergrant::app {

/// `keys`, as `GET /api/keys` has them: a table for people, or JSON.
void print_keys(std::ostream& out, const boost::json::array& keys, bool as_json);

}  // namespace evergrant::app
