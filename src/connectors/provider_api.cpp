#include "connectors/provider_api.h"

#include <boost/json/parse.hpp>
#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

#include <algorithm>

namespace evergrant::connectors {

std::string_view ApiAnswer::header(std::string_view name) const noexcept {
    const auto found = std::ranges::find(headers, name, &net::Headers::value_type::first);
    return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

std::string percent_encoded(std::string_view text) {
    return boost::urls::encode(text, boost::urls::unreserved_chars);
}

Result<boost::json::object> json_object_of(const ApiAnswer& answer) {
    boost::json::parse_options options;
    options.max_depth = 64;
    boost::system::error_code error;
    boost::json::value value = boost::json::parse(answer.body, error, {}, options);
    if (error || !value.is_object())
        return failure(Errc::provider_error, "The provider's API answered something that is not a JSON object.",
                       "status " + std::to_string(answer.status) + ", " + std::string(answer.header("content-type")));
    return std::move(value.as_object());
}

}  // namespace evergrant::connectors
