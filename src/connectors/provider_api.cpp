#include "connectors/provider_api.h"

#include <boost/json/parse.hpp>

#include <algorithm>

namespace evergrant::connectors {

std::string_view ApiAnswer::header(std::string_view name) const noexcept {
    const auto found = std::ranges::find(headers, name, &net::Headers::value_type::first);
    return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    constexpr std::string_view unreserved_marks = "-._~";
    constexpr unsigned low_half = 0xF;
    std::string encoded;
    encoded.reserve(text.size());
    for (const char c : text) {
        const bool alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (alphanumeric || unreserved_marks.contains(c)) {
            encoded += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        encoded += '%';
        encoded += digits[byte >> 4U];
        encoded += digits[byte & low_half];
    }
    return encoded;
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
