#pragma once
//
// Tables on a terminal: columns as wide as their widest cell.
//
#include <boost/json/object.hpp>

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::app {

using TableRow = std::vector<std::string>;

/// The first row is the heading. The last column is not padded.
void print_table(std::ostream& out, const std::vector<TableRow>& rows);

/// A member of an object as a cell: a list's items with commas between. `otherwise`: it is missing, null or an empty
/// list.
[[nodiscard]] std::string cell_of(const boost::json::object& object, std::string_view name, std::string_view otherwise);

}  // namespace evergrant::app
