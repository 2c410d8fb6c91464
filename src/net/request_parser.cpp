#include "net/request_parser.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

namespace evergrant::net {

namespace {

namespace http = boost::beast::http;

constexpr std::size_t first_capacity = 4 * 1024;    ///< what an idle connection costs
constexpr std::size_t least_room = 1024;            ///< less is not worth a system call
constexpr std::size_t framing_bytes = 4 * 1024;     ///< room for chunk framing behind the largest header
constexpr std::size_t streaming_bytes = 64 * 1024;  ///< room for a piece of a streamed body
constexpr std::size_t kept_body_bytes = 64 * 1024;  ///< body memory kept for the connection's next request

/// The path and query of a target that `RequestSink` let through.
std::pair<std::string_view, std::string_view> split_target(std::string_view target) noexcept {
    if (target.front() == 'h') {
        const auto host_end = target.find_first_of("/?", target.find("://") + 3);
        target = host_end == target.npos ? std::string_view() : target.substr(host_end);
    }
    const auto mark = target.find('?');
    const std::string_view path = target.substr(0, mark);
    const std::string_view query = mark == target.npos ? std::string_view() : target.substr(mark + 1);
    return {path.empty() ? std::string_view("/") : path, query};
}

}  // namespace

RequestParser::RequestParser(const ParserLimits& limits) : limits_(limits) {
    sink_.emplace(limits_, places_, body_);
}

std::span<char> RequestParser::room() {
    make_room();
    return {buffer_.get() + end_, capacity_ - end_};
}

void RequestParser::make_room() {
    if (begin_ != 0) {
        std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
        parsed_ -= begin_;
        end_ -= begin_;
        header_end_ -= std::min(header_end_, begin_);
        begin_ = 0;
    }
    const bool streams = outcome_ == Outcome::streaming;
    const std::size_t largest = limits_.header_bytes + framing_bytes + (streams ? streaming_bytes : 0);
    if (capacity_ - end_ >= (streams ? streaming_bytes : least_room) || capacity_ >= largest)
        return;
    const std::size_t least = streams ? largest : std::min(first_capacity, largest);
    const std::size_t capacity = std::clamp(capacity_ * 2, least, largest);
    auto larger = std::make_unique_for_overwrite<char[]>(capacity);
    if (end_ != 0)
        std::memcpy(larger.get(), buffer_.get(), end_);
    buffer_ = std::move(larger);
    capacity_ = capacity;
}

void RequestParser::received(std::size_t count) {
    end_ += count;
    if (outcome_ == Outcome::need_more)
        parse();
}

std::string RequestParser::take_body() {
    if (outcome_ == Outcome::streaming) {
        parse_more();
        if (outcome_ == Outcome::streaming)
            judge_need_for_more();
    }
    return std::exchange(body_, {});
}

RequestParser::Phase RequestParser::phase() const noexcept {
    if (header_end_ != 0)
        return Phase::body;
    return begin_ == end_ ? Phase::idle : Phase::header;
}

RequestView RequestParser::request() const noexcept {
    const std::string_view target = sink_->target();
    const auto [path, query] = split_target(target);
    return {.method = sink_->method(),
            .method_name = sink_->method_name(),
            .target = target,
            .path = path,
            .query = query,
            .headers = HeaderViews(buffer_.get() + begin_, places_),
            .body = body_,
            .peer = {}};
}

void RequestParser::next() {
    begin_ = parsed_;
    header_end_ = 0;
    if (begin_ == end_) {
        begin_ = parsed_ = end_ = 0;
        if (capacity_ > first_capacity) {
            buffer_.reset();
            capacity_ = 0;
        }
    }
    sink_.emplace(limits_, places_, body_);
    if (body_.capacity() > kept_body_bytes)
        body_.shrink_to_fit();
    outcome_ = Outcome::need_more;
    empty_line_skipped_ = false;
    continue_taken_ = false;
    if (begin_ != end_)
        parse();
}

bool RequestParser::take_expect_continue() noexcept {
    const bool waits = outcome_ == Outcome::need_more || outcome_ == Outcome::streaming;
    const bool first =
        waits && phase() == Phase::body && sink_->expects_continue() && body_.empty() && !continue_taken_;
    continue_taken_ = continue_taken_ || first;
    return first;
}

void RequestParser::parse() {
    if (outcome_ != Outcome::need_more || waits_behind_empty_line())
        return;
    parse_more();
    if (outcome_ == Outcome::need_more)
        judge_need_for_more();
}

void RequestParser::parse_more() {
    sink_->text_is_at(buffer_.get() + begin_, end_ - begin_);
    while (parsed_ != end_ && !waits_for_a_last_chunk() && put()) {}
}

// RFC 9112 2.2: one empty line before a request is to be ignored; some clients end a body with it.
bool RequestParser::waits_behind_empty_line() noexcept {
    if (empty_line_skipped_ || sink_->got_some())
        return false;
    const std::string_view text(buffer_.get() + begin_, end_ - begin_);
    if (text == "\r")
        return true;
    if (text.starts_with("\r\n")) {
        empty_line_skipped_ = true;
        begin_ += 2;
        parsed_ = begin_;
    }
    return begin_ == end_;
}

/// Beast takes it for granted that five bytes are there when it looks at a last chunk again. No whole one is shorter.
bool RequestParser::waits_for_a_last_chunk() const noexcept {
    constexpr std::string_view shortest = "0\r\n\r\n";
    return sink_->is_header_done() && sink_->chunked() && end_ - parsed_ < shortest.size() && buffer_[parsed_] == '0';
}

/// Parses one element: true if there may be another.
bool RequestParser::put() {
    boost::beast::error_code ec;
    parsed_ += sink_->put(boost::asio::buffer(buffer_.get() + parsed_, end_ - parsed_), ec);
    if (ec == http::error::need_more)
        return false;
    if (sink_->refusal()) {
        refuse(sink_->refusal()->code, sink_->refusal()->message);
    } else if (ec == http::error::body_limit) {
        refuse(Errc::payload_too_large, "The request body is too large.");
    } else if (ec == http::error::header_limit) {
        refuse(Errc::headers_too_large, "The request headers are too large.");
    } else if (ec) {
        refuse(Errc::invalid_request, "The request is not valid HTTP/1.1: " + ec.message() + ".");
    } else if (sink_->is_header_done() && header_end_ == 0) {
        header_end_ = parsed_;
        if (header_end_ - begin_ > limits_.header_bytes)
            refuse(Errc::headers_too_large, "The request headers are too large.");
    }
    if (outcome_ == Outcome::refused)
        return false;
    if (sink_->is_done()) {
        outcome_ = Outcome::complete;
    } else if (outcome_ == Outcome::need_more && header_end_ != 0 && sink_->is_streamed()) {
        outcome_ = Outcome::streaming;
        return false;  // its header is to be looked at first
    }
    return outcome_ != Outcome::complete;
}

void RequestParser::judge_need_for_more() {
    if (header_end_ == 0) {
        if (end_ - begin_ >= limits_.header_bytes)
            refuse(Errc::headers_too_large, "The request headers are too large.");
        return;
    }
    drop_parsed_body();
    if (end_ - begin_ >= limits_.header_bytes + framing_bytes)
        refuse(Errc::invalid_request, "A chunk extension or the trailer is too long.");
}

/// The body is in `body_`; only the framing that is not yet understood stays behind the header.
void RequestParser::drop_parsed_body() noexcept {
    std::memmove(buffer_.get() + header_end_, buffer_.get() + parsed_, end_ - parsed_);
    end_ -= parsed_ - header_end_;
    parsed_ = header_end_;
}

void RequestParser::refuse(Errc code, std::string message) {
    refusal_ = Error{.code = code, .message = std::move(message)};
    outcome_ = Outcome::refused;
}

}  // namespace evergrant::net
