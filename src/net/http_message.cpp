#include "net/http_message.h"

#include <boost/beast/http/status.hpp>
#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

namespace evergrant::net {

namespace {

constexpr char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_name(std::string_view left, std::string_view right) noexcept {
    return std::ranges::equal(left, right, {}, lower, lower);
}

bool may_have_body(unsigned status) noexcept {
    return status >= 200 && status != 204 && status != 304;
}

std::string_view reason(unsigned status) {
    const auto phrase = boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status));
    return {phrase.data(), phrase.size()};
}

void append_header(std::string& head, std::string_view name, std::string_view value) {
    constexpr std::string_view line_breaks("\r\n\0", 3);
    if (name.empty() || name.find_first_of(line_breaks) != name.npos || value.find_first_of(line_breaks) != value.npos)
        throw std::invalid_argument("a response header holds a line break");
    head.append(name).append(": ").append(value).append("\r\n");
}

void append_content_length(std::string& head, std::size_t size) {
    std::array<char, 20> digits{};
    const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), size);
    head.append("Content-Length: ").append(std::string_view(digits.data(), written.ptr)).append("\r\n");
}

}  // namespace

async::Task<void> RequestHandler::answer_stream(Request, Exchange*) {
    throw std::logic_error("a handler that streams nothing was asked to");
    co_return;
}

std::string_view HeaderViews::find(std::string_view name) const noexcept {
    for (const HeaderPlace& place : places_) {
        if (place.name_size == name.size() && same_name({text_ + place.name_at, place.name_size}, name))
            return {text_ + place.value_at, place.value_size};
    }
    return {};
}

Request::Request(const RequestView& view, std::string id)
    : method(view.method),
      method_name(view.method_name),
      target(view.target),
      path(view.path),
      query(view.query),
      body(view.body),
      peer(view.peer),
      from_trusted_proxy(view.from_trusted_proxy),
      request_id(std::move(id)) {
    headers.reserve(view.headers.size());
    for (std::size_t index = 0; index < view.headers.size(); ++index) {
        const auto [name, value] = view.headers[index];
        auto& copy = headers.emplace_back(name, value);
        std::ranges::transform(copy.first, copy.first.begin(), lower);
    }
}

std::string_view Request::header(std::string_view name) const noexcept {
    const auto found = std::ranges::find(headers, name, &Headers::value_type::first);
    return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

Response json_response(unsigned status, std::string body) {
    return {.status = status, .content_type = "application/json", .body = std::move(body)};
}

Response error_response(const Error& error, std::string_view request_id) {
    const ErrorTraits traits = traits_of(error.code);
    boost::json::object body;
    body["error"] = traits.name;
    body["message"] = error.message;
    body["request_id"] = request_id;
    if (!error.authorize_url.empty())
        body["authorizeUrl"] = error.authorize_url;
    if (!error.fields.empty()) {
        boost::json::array details;
        for (const FieldError& field : error.fields)
            details.push_back({{"field", field.field}, {"message", field.message}});
        body["details"] = std::move(details);
    }
    Response response = json_response(traits.http_status, boost::json::serialize(body));
    if (error.retry_after)
        response.headers.emplace_back("Retry-After", std::to_string(error.retry_after->count()));
    if (traits.http_status == 401)
        response.headers.emplace_back("WWW-Authenticate", "Bearer");
    return response;
}

std::string head_without_length(const Response& response) {
    std::string head("HTTP/1.1 ");
    head.append(std::to_string(response.status)).append(" ").append(reason(response.status)).append("\r\n");
    if (!response.content_type.empty())
        append_header(head, "Content-Type", response.content_type);
    append_header(head, "X-Content-Type-Options", "nosniff");
    for (const auto& [name, value] : response.headers)
        append_header(head, name, value);
    return head;
}

std::string head_of(const Response& response) {
    std::string head = head_without_length(response);
    if (may_have_body(response.status))
        append_content_length(head, response.body.size());
    return head;
}

void ResponseBuffer::append_sized(std::string_view head, std::string_view body) {
    output_.append(head);
    append_content_length(output_, body.size());
    append({}, body);
}

PreparedResponse prepare(Response response) {
    std::string head = head_of(response);
    return {.head = std::move(head), .body = may_have_body(response.status) ? std::move(response.body) : std::string()};
}

}  // namespace evergrant::net
