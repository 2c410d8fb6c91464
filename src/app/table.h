#pragma once
//
// Tables on a terminal: columns as wide as their widest cell.
//
#include <iosfwd>
#include <string>
#include <vector>

namespace evergrant::app {

using TableRow = std::vector<std::string>;

/// The first row is the heading. The last column is not padded.
void print_table(std::ostream& out, const std::vector<TableRow>& rows);

}  // namespace evergrant::app
