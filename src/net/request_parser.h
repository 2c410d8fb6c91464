#pragma once
//
// Request parser: turns a connection's bytes into requests, one after the other, and refuses every shape that two
// servers could read differently. No socket, no clock. Nothing is allocated for a request without a body whose
// header fits the buffer as it is.
//
#include "net/request_sink.h"

#include <memory>
#include <span>

namespace evergrant::net {

/// One connection's input. Give it bytes by `room` and `received`; while `outcome` is `complete`, look at `request`
/// and go on by `next`. After `refused` nothing more can be read from the connection.
class RequestParser {
public:
    /// `streaming`: a header is there whose body is to be taken piece by piece, by `take_body`.
    enum class Outcome : std::uint8_t { need_more, streaming, complete, refused };
    enum class Phase : std::uint8_t { idle, header, body };  ///< what `need_more` waits for

    explicit RequestParser(const ParserLimits& limits);

    /// Where the next bytes are to be put; never empty while more are needed.
    [[nodiscard]] std::span<char> room();
    void received(std::size_t count);

    [[nodiscard]] Outcome outcome() const noexcept { return outcome_; }
    [[nodiscard]] Phase phase() const noexcept;

    /// The complete request, without what only the connection knows. Valid until `room`, `received` or `next`.
    [[nodiscard]] RequestView request() const noexcept;
    [[nodiscard]] bool keep_alive() const { return sink_->keep_alive(); }
    [[nodiscard]] bool is_http_1_0() const noexcept { return sink_->is_http_1_0(); }

    /// Whether the handler wants this request as a stream. What came whole with its header is `complete` all the same.
    [[nodiscard]] bool is_streamed() const noexcept { return sink_->is_streamed(); }

    /// Of a streamed request: what of its body has been received since this was last called, without framing. Then
    /// `outcome` tells whether there will be more. The request's views are gone with the first call.
    [[nodiscard]] std::string take_body();

    /// Drops the complete request and parses what came behind it.
    void next();

    /// Why the request was refused.
    [[nodiscard]] const Error& refusal() const noexcept { return *refusal_; }

    /// Whether the client waits for `100 Continue` before it sends the body. True once a request.
    [[nodiscard]] bool take_expect_continue() noexcept;

private:
    void parse();
    void parse_more();
    [[nodiscard]] bool waits_behind_empty_line() noexcept;
    [[nodiscard]] bool waits_for_a_last_chunk() const noexcept;
    bool put();
    void judge_need_for_more();
    void drop_parsed_body() noexcept;
    void make_room();
    void refuse(Errc code, std::string message);

    ParserLimits limits_;
    std::unique_ptr<char[]> buffer_;
    std::size_t capacity_{0};
    std::size_t begin_{0};       ///< where the current request begins
    std::size_t parsed_{0};      ///< up to where it was parsed
    std::size_t end_{0};         ///< up to where bytes were received
    std::size_t header_end_{0};  ///< where its header ends; 0 until that is known
    std::vector<HeaderPlace> places_;
    std::string body_;
    std::optional<RequestSink> sink_;
    std::optional<Error> refusal_;
    Outcome outcome_{Outcome::need_more};
    bool empty_line_skipped_{false};
    bool continue_taken_{false};
};

}  // namespace evergrant::net
