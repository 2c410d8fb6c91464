#include "net/request_sink.h"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <utility>

namespace evergrant::net {

namespace {

namespace http = boost::beast::http;

Method method_of(http::verb verb) noexcept {
    switch (verb) {
        case http::verb::get: return Method::get;
        case http::verb::head: return Method::head;
        case http::verb::post: return Method::post;
        case http::verb::put: return Method::put;
        case http::verb::patch: return Method::patch;
        case http::verb::delete_: return Method::delete_;
        case http::verb::options: return Method::options;
        default: return Method::other;
    }
}

/// One bit for each header of which two would mean two things; 0 for the others.
unsigned once_bit(http::field name) noexcept {
    switch (name) {
        case http::field::host: return 1;
        case http::field::content_length: return 2;
        case http::field::transfer_encoding: return 4;
        case http::field::authorization: return 8;
        case http::field::content_type: return 16;
        default: return 0;
    }
}

constexpr unsigned host_bit = 1;

/// Letters, digits, and what names, IPv6 addresses and ports are written with.
bool is_host(std::string_view value) noexcept {
    return std::ranges::all_of(value, [](char c) {
        const char lower = static_cast<char>(c | 0x20);
        return (lower >= 'a' && lower <= 'z') || (c >= '-' && c <= ':' && c != '/') || c == '_' || c == '[' ||
               c == ']' || c == '%' || c == '~';
    });
}

bool is_decimal(std::string_view value) noexcept {
    return !value.empty() && std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

RequestSink::RequestSink(const ParserLimits& limits, std::vector<HeaderPlace>& places, std::string& body)
    : limits_(limits), places_(places), body_(body) {
    header_limit(static_cast<std::uint32_t>(limits.header_bytes));
    body_limit(limits.body_bytes);
    places_.clear();
    body_.clear();
}

RequestSink::Place RequestSink::place_of(Text part) const noexcept {
    return {static_cast<std::uint32_t>(part.data() - text_.data()), static_cast<std::uint32_t>(part.size())};
}

// Beast unfolds a folded value into a buffer of its own, or, if its first line is empty, skips that line.
bool RequestSink::is_folded(Text name, Text value) const noexcept {
    const char* const after_colon = name.data() + name.size() + 1;
    const bool is_in_text = value.data() >= after_colon && value.data() <= text_.data() + text_.size();
    return !is_in_text || std::find(after_colon, value.data(), '\r') != value.data();
}

void RequestSink::refuse(Errc code, std::string message, error_code& ec) {
    refusal_ = Error{.code = code, .message = std::move(message)};
    ec = http::error::bad_field;
}

void RequestSink::on_request_impl(verb method, Text method_name, Text target, int version, error_code& ec) {
    method_ = method_of(method);
    method_name_ = place_of(method_name);
    target_ = place_of(target);
    is_http_1_0_ = version == 10;
    if (method == verb::connect)
        return refuse(Errc::not_implemented, "This server is not a tunnel.", ec);
    check_target(target, ec);
    is_streamed_ = !ec && limits_.handler != nullptr && limits_.handler->streams(target);
    if (is_streamed_)
        body_limit(boost::none);
}

void RequestSink::check_target(std::string_view target, error_code& ec) {
    const bool is_path = target.front() == '/';
    const bool is_url = target.starts_with("http://") || target.starts_with("https://");
    const bool is_server = target == "*" && method_ == Method::options;
    if ((!is_path && !is_url && !is_server) || target.contains('#'))
        refuse(Errc::invalid_request, "The request target must be a path.", ec);
}

void RequestSink::on_field_impl(field name, Text name_text, Text value, error_code& ec) {
    if (is_folded(name_text, value))
        return refuse(Errc::invalid_request, "A header must not be folded over lines.", ec);
    if (header_done_)  // a trailer: nobody reads them, and they must not look like headers
        return;
    if (places_.size() == limits_.header_count)
        return refuse(Errc::headers_too_large, "The request has too many headers.", ec);
    const Place name_place = place_of(name_text);
    const Place value_place = place_of(value);
    places_.push_back({name_place.at, name_place.size, value_place.at, value_place.size});
    check_once(name, ec);
    if (!ec)
        check_framing(name, value, ec);
}

void RequestSink::check_once(field name, error_code& ec) {
    const unsigned bit = once_bit(name);
    if ((seen_ & bit) != 0)
        return refuse(Errc::invalid_request, "A header came twice that may come once.", ec);
    seen_ |= bit;
}

void RequestSink::check_framing(field name, std::string_view value, error_code& ec) {
    if (name == field::content_length && !is_decimal(value))
        return refuse(Errc::invalid_request, "Content-Length must be a number.", ec);
    if (name == field::host && !is_host(value))
        return refuse(Errc::invalid_request, "The Host header is not a host.", ec);
    if (name == field::transfer_encoding) {
        if (is_http_1_0_)
            return refuse(Errc::invalid_request, "HTTP/1.0 has no Transfer-Encoding.", ec);
        if (!boost::beast::iequals(value, "chunked"))
            return refuse(Errc::not_implemented, "The only Transfer-Encoding understood is chunked.", ec);
    }
    if (name == field::expect && boost::beast::iequals(value, "100-continue"))
        expects_continue_ = !is_http_1_0_;
}

void RequestSink::on_header_impl(error_code& ec) {
    header_done_ = true;
    if (!is_http_1_0_ && (seen_ & host_bit) == 0)
        refuse(Errc::invalid_request, "HTTP/1.1 asks for a Host header.", ec);
}

std::size_t RequestSink::on_body_impl(Text part, error_code&) {
    body_.append(part);
    return part.size();
}

std::size_t RequestSink::on_chunk_body_impl(std::uint64_t, Text part, error_code&) {
    body_.append(part);
    return part.size();
}

}  // namespace evergrant::net
