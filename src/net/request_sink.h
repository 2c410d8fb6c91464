#pragma once
//
// Request sink: what Beast's parser reports about one request, written down as places in the text, and the shapes
// that Beast would let through and we refuse. Used by RequestParser alone.
//
#include "base/error.h"
#include "net/http_message.h"

#include <boost/beast/http/basic_parser.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::net {

struct ParserLimits {
    std::size_t header_bytes{16 * 1024};  ///< request line and headers together
    std::size_t header_count{100};
    std::size_t body_bytes{1024 * 1024};  ///< after chunked framing is taken off; of a streamed body there is no limit
    const RequestHandler* handler{nullptr};  ///< says whose bodies are streamed; null: nobody's
};

class RequestSink final : public boost::beast::http::basic_parser<true> {
public:
    /// Fills `places` and `body`, which outlive it, so that their memory serves many requests.
    RequestSink(const ParserLimits& limits, std::vector<HeaderPlace>& places, std::string& body);

    /// Where the request's text lies now. Every `put` gets a part of it.
    void text_is_at(const char* text, std::size_t size) noexcept { text_ = std::string_view(text, size); }

    [[nodiscard]] Method method() const noexcept { return method_; }
    [[nodiscard]] std::string_view method_name() const noexcept { return at(method_name_); }
    [[nodiscard]] std::string_view target() const noexcept { return at(target_); }
    [[nodiscard]] bool is_http_1_0() const noexcept { return is_http_1_0_; }
    [[nodiscard]] bool expects_continue() const noexcept { return expects_continue_; }
    [[nodiscard]] bool is_streamed() const noexcept { return is_streamed_; }

    /// Set when `put` failed for a reason of ours, not Beast's.
    [[nodiscard]] const std::optional<Error>& refusal() const noexcept { return refusal_; }

private:
    using verb = boost::beast::http::verb;
    using field = boost::beast::http::field;
    using error_code = boost::beast::error_code;
    using Text = boost::beast::string_view;

    struct Place {
        std::uint32_t at{0};
        std::uint32_t size{0};
    };
    [[nodiscard]] Place place_of(Text part) const noexcept;
    [[nodiscard]] std::string_view at(Place place) const noexcept { return text_.substr(place.at, place.size); }
    [[nodiscard]] bool is_folded(Text name, Text value) const noexcept;
    void check_target(std::string_view target, error_code& ec);
    void check_once(field name, error_code& ec);
    void check_framing(field name, std::string_view value, error_code& ec);
    void refuse(Errc code, std::string message, error_code& ec);

    void on_request_impl(verb method, Text method_name, Text target, int version, error_code& ec) override;
    void on_response_impl(int, Text, int, error_code&) override {}
    void on_field_impl(field name, Text name_text, Text value, error_code& ec) override;
    void on_header_impl(error_code& ec) override;
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(Text part, error_code& ec) override;
    void on_chunk_header_impl(std::uint64_t, Text, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, Text part, error_code& ec) override;
    void on_finish_impl(error_code&) override {}

    const ParserLimits& limits_;
    std::vector<HeaderPlace>& places_;
    std::string& body_;
    std::string_view text_;
    Place method_name_{};
    Place target_{};
    Method method_{Method::other};
    unsigned seen_{0};  ///< a bit for each header that may come once
    bool is_http_1_0_{false};
    bool is_streamed_{false};
    bool header_done_{false};
    bool expects_continue_{false};
    std::optional<Error> refusal_;
};

}  // namespace evergrant::net
