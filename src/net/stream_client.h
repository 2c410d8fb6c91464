#pragma once
//
// Outgoing HTTP whose bodies pass piece by piece, both ways: what a proxy needs. Whole answers are http_client.h's.
//
#include "async/task.h"
#include "base/error.h"
#include "net/headers.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace evergrant::net {

/// The URL and the headers' values are taken for secrets: wiped after use, never logged.
struct StreamRequest {
    std::string method{"GET"};
    std::string url;
    Headers headers;                             ///< without Host and what else belongs to the connection
    bool has_body{false};                        ///< then it is given by `write`
    std::optional<std::uint64_t> body_length{};  ///< nothing: not known; it goes chunked
    bool repeatable{false};                      ///< as ClientRequest::repeatable; not with a body
    std::chrono::seconds longest{3600};          ///< from first to last, however much moves
};

struct StreamHead {
    unsigned status{0};
    Headers headers;  ///< names in lower case, as they came: bodies are not decoded
};

/// One request under way. Errors as of HttpClient::send, and provider_timeout when patience ends.
/// Cancellation: throws system_error(operation_aborted). Thread: the client's shard.
/// Lifetime: going away ends the request and its connection, unless the answer was read to its end.
class HttpStream {
public:
    virtual ~HttpStream() = default;

    using Patience = std::chrono::milliseconds;  ///< for how long nothing may move, either way, before it is given up

    /// Gives a piece of the body; waits while the piece before is still on its way. `last` ends the body. False: the
    /// other side wants no more of it, and its answer is there or has failed. Not while another `write` waits.
    [[nodiscard]] virtual async::Task<bool> write(std::string piece, bool last, Patience patience) = 0;

    /// The head of the answer, once.
    [[nodiscard]] virtual async::Task<Result<StreamHead>> head(Patience patience) = 0;

    /// The next piece of the answer's body; empty at its end. Not while another `read` waits.
    [[nodiscard]] virtual async::Task<Result<std::string>> read(Patience patience) = 0;

    /// Ends the request and its connection; who waits is told.
    virtual void give_up() = 0;

    /// Whether the answer has come to its end and all of it has been read.
    [[nodiscard]] virtual bool at_end() const noexcept = 0;
};

class StreamClient {
public:
    virtual ~StreamClient() = default;

    /// Begins a request. Errors: egress_denied, invalid_request.
    [[nodiscard]] virtual Result<std::unique_ptr<HttpStream>> open(StreamRequest request) = 0;
};

}  // namespace evergrant::net
