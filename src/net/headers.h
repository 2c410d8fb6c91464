#pragma once
//
// The headers of an owned message, in their order.
//
#include <string>
#include <utility>
#include <vector>

namespace evergrant::net {

using Headers = std::vector<std::pair<std::string, std::string>>;

}  // namespace evergrant::net
