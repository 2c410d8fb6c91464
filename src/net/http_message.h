#pragma once
//
// HTTP as those who answer it see it: what came (RequestView, Request), what goes back (Response, PreparedResponse,
// ResponseBuffer), and who answers (RequestHandler). No socket and no parser here; those are http_server.h's.
//
#include "async/deadline.h"
#include "async/task.h"
#include "net/headers.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace evergrant::net {

enum class Method : std::uint8_t { get, head, post, put, patch, delete_, options, other };

/// Where one header lies in the text of its request.
struct HeaderPlace {
    std::uint32_t name_at;
    std::uint32_t name_size;
    std::uint32_t value_at;
    std::uint32_t value_size;
};

/// The headers of a request, as they came, in their order. A view: valid only during the call that passed it.
class HeaderViews {
public:
    using View = std::pair<std::string_view, std::string_view>;

    HeaderViews() = default;
    HeaderViews(const char* text, std::span<const HeaderPlace> places) noexcept : text_(text), places_(places) {}

    [[nodiscard]] std::size_t size() const noexcept { return places_.size(); }
    [[nodiscard]] View operator[](std::size_t index) const noexcept {
        const HeaderPlace& place = places_[index];
        return {{text_ + place.name_at, place.name_size}, {text_ + place.value_at, place.value_size}};
    }

    /// The first header of that name, in any case; empty if there is none.
    [[nodiscard]] std::string_view find(std::string_view name) const noexcept;

private:
    const char* text_{nullptr};
    std::span<const HeaderPlace> places_{};
};

/// A whole request, still in the connection's buffer. Valid only during the call that passed it.
/// Host, Authorization, Content-Type and Content-Length came at most once: a second one is refused before.
struct RequestView {
    Method method{Method::other};
    std::string_view method_name;  ///< as sent
    std::string_view target;       ///< as sent, percent-encoded
    std::string_view path;         ///< the target up to the `?`, without scheme and host; still percent-encoded
    std::string_view query;        ///< what follows the `?`; still percent-encoded
    HeaderViews headers{};
    std::string_view body;
    std::string_view peer;  ///< the client's address without port, as told by trusted proxies or the connection
    bool from_trusted_proxy{
        false};  ///< whether the connection is a configured proxy's, whose X-Forwarded-* is believed

    [[nodiscard]] std::string_view header(std::string_view name) const noexcept { return headers.find(name); }
};

/// The same, owned; for answers that have to wait.
struct Request {
    Method method{Method::other};
    std::string method_name;
    std::string target;
    std::string path;
    std::string query;
    Headers headers;  ///< names in lower case
    std::string body;
    std::string peer;
    bool from_trusted_proxy{false};
    std::string request_id;  ///< what X-Request-Id of the answer will say

    Request() = default;
    Request(const RequestView& view, std::string id);

    /// The first header of that lower-case name; empty if there is none.
    [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
};

/// An answer. The server adds Content-Length, Date, Connection, X-Request-Id and X-Content-Type-Options.
struct Response {
    unsigned status{200};
    std::string content_type{};  ///< no such header if empty
    Headers headers{};           ///< names and values without line breaks: else the caller gets a 500
    std::string body{};
};

[[nodiscard]] Response json_response(unsigned status, std::string body);

/// The contract's error answer: status, Retry-After and WWW-Authenticate follow from the code. `detail` stays out.
[[nodiscard]] Response error_response(const Error& error, std::string_view request_id);

/// An answer written out once and sent many times. `head` ends after the last header that does not change.
struct PreparedResponse {
    std::string head;
    std::string body;
};

/// Throws std::invalid_argument if a header holds a line break.
[[nodiscard]] PreparedResponse prepare(Response response);

/// The head alone, as `prepare` writes it.
[[nodiscard]] std::string head_of(const Response& response);

/// Without the Content-Length, for answers that differ in their body alone: see ResponseBuffer::append_sized.
[[nodiscard]] std::string head_without_length(const Response& response);

/// The end of a connection's output. Thread: the connection's shard.
class ResponseBuffer {
public:
    /// `last_headers` is what changes (Date, Connection) and the empty line; `head_only` leaves bodies out.
    ResponseBuffer(std::string& output, std::string_view last_headers, bool head_only) noexcept
        : output_(output), last_headers_(last_headers), head_only_(head_only) {}

    /// Appends a whole answer. Call at most once a request.
    void append(std::string_view head, std::string_view body) {
        output_.append(head);
        output_.append(last_headers_);
        if (!head_only_)
            output_.append(body);
    }
    void append(const PreparedResponse& response) { append(response.head, response.body); }

    /// The same for a head without a length, which is that of `body`.
    void append_sized(std::string_view head, std::string_view body);

private:
    std::string& output_;
    std::string_view last_headers_;
    bool head_only_;
};

/// The head of an answer whose body follows piece by piece. The server adds what belongs to the connection.
struct ResponseHead {
    unsigned status{200};
    Headers headers{};  ///< names and values without line breaks; no Content-Length, no Transfer-Encoding
    std::optional<std::uint64_t> length{};  ///< of the body; nothing: not known before its end
};

/// A request that is answered while its body still comes, and its answer. Bodies pass piece by piece, each only when
/// the one before has been taken: who is slow slows the other. Thread: the connection's shard.
/// Errors of all: cancelled: the client has left, is too slow, or breaks the framing; the exchange is over then.
/// Cancellation: throws system_error(operation_aborted).
class Exchange {
public:
    virtual ~Exchange() = default;

    /// The next piece of the request's body; empty at its end. One call at a time.
    [[nodiscard]] virtual async::Task<Result<std::string>> read() = 0;

    /// Says what the answer is; it is sent with the first piece of its body. Once, before `write`. A head that cannot
    /// be sent is an internal_error, and then another one may be tried.
    [[nodiscard]] virtual Result<void> begin(ResponseHead head) = 0;

    /// Sends a piece of the answer's body, and its end with the last. One call at a time.
    [[nodiscard]] virtual async::Task<Result<void>> write(std::string piece, bool last) = 0;

    /// Wants no more of the request's body: a `read` that waits, and every other one, answers `cancelled`. The answer
    /// can still be written.
    virtual void stop_reading() = 0;

    [[nodiscard]] virtual bool begun() const noexcept = 0;
};

/// Answers requests. HEAD comes as it is; answer as to GET, and the server leaves the body out.
/// Thread: called on the shard of the server it was given to.
class RequestHandler {
public:
    virtual ~RequestHandler() = default;

    /// Appends a complete prepared answer, or appends nothing and returns false. Must not wait. May be asked twice
    /// for one request.
    virtual bool answer_at_once(const RequestView& request, ResponseBuffer& out) = 0;

    /// Everything else. Must keep to the deadline. An exception becomes a 500 and a line in the log.
    /// Cancellation: only when the server is drained past its own deadline. A client that leaves cancels nothing:
    /// half of what was asked for would be worse than all of it.
    [[nodiscard]] virtual async::Task<Response> answer(Request request, async::Deadline deadline) = 0;

    /// Whether requests for this target are answered by `answer_stream`, whatever they are: asked before their headers
    /// are read. Must not wait, nor throw.
    [[nodiscard]] virtual bool streams(std::string_view target) const noexcept {
        return target.empty();  // no target is
    }

    /// `request` is without its body. Returns when the answer has been written whole; what is broken off before is
    /// broken off for the client too. No deadline: each await has its own. Cancellation as of `answer`.
    /// Lifetime: the exchange lives until the task has ended.
    [[nodiscard]] virtual async::Task<void> answer_stream(Request request, Exchange* exchange);
};

}  // namespace evergrant::net
