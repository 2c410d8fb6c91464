#pragma once
//
// Outgoing HTTP. `HttpClient` is the interface that use cases take; `CurlClient` (curl_client.h) is the real one.
//
#include "async/deadline.h"
#include "base/secret.h"
#include "net/headers.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace evergrant::net {

/// The URL, the headers' values and the body are taken for secrets: wiped after use, never logged.
struct ClientRequest {
    std::string method{"POST"};
    std::string url;
    Headers headers;  ///< Host, Content-Length and what else belongs to the connection is the client's own business
    SecretString body;
    std::size_t answer_limit{1024 * 1024};  ///< bytes, counted after decoding; a longer body is an error
    /// The request changes nothing and may go out a second time when a reused connection turns out to be dead.
    /// Without it a request is presented at most once, whatever happens: what spends a code or a token needs that.
    bool repeatable{false};
    bool with_client_certificate{false};  ///< show the one this client has (RFC 8705); by default it shows none
};

struct ClientAnswer {
    unsigned status{0};
    Headers headers;   ///< names in lower case; content-encoding and content-length only if they fit `body`
    std::string body;  ///< decoded (gzip, deflate, br, zstd)

    /// The first header of that (lower-case) name, or empty.
    [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
};

/// Errors of `send`: provider_unreachable: nothing of the request left this host; provider_timeout: sent, or perhaps
/// sent, and no whole answer in time; provider_error: sent, and the connection broke or the answer is not HTTP or too
/// long; egress_denied: the URL or every address of its host is refused, nothing sent; invalid_request: a method or
/// header that HTTP cannot carry. Redirects are not followed: they are answers like any other, and a token endpoint
/// that redirects is for the reader of the answer to call a provider_error.
/// Cancellation: the transfer is dropped and system_error(operation_aborted) is thrown.
/// Thread: one shard's.
class HttpClient {
public:
    virtual ~HttpClient() = default;
    [[nodiscard]] virtual async::Task<Result<ClientAnswer>> send(ClientRequest request, async::Deadline deadline) = 0;
};

}  // namespace evergrant::net
