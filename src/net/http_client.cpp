#include "net/http_client.h"

#include <algorithm>

namespace evergrant::net {

std::string_view ClientAnswer::header(std::string_view name) const noexcept {
    const auto found = std::ranges::find(headers, name, &Headers::value_type::first);
    return found == headers.end() ? std::string_view{} : std::string_view(found->second);
}

}  // namespace evergrant::net
