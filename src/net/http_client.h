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

struct ClientRequest {
    std::string method{"POST"};
    std::string url;
    Headers headers;
    SecretString body;
    std::size_t answer_limit{1024 * 1024};  ///< bytes; a longer body is an error
};

struct ClientAnswer {
    unsigned status{0};
    Headers headers;  ///< names in lower case
    std::string body;

    /// The first header of that (lower-case) name, or empty.
    [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
};

/// Errors of `send`: provider_unreachable: nothing of the request left this host; provider_timeout: sent, or perhaps
/// sent, and no whole answer in time; provider_error: sent, and the connection broke or the answer is not HTTP or too
/// long; egress_denied. Redirects are not followed: a token endpoint that redirects is a provider_error.
/// Cancellation: the transfer is dropped and system_error(operation_aborted) is thrown.
/// Thread: one shard's.
class HttpClient {
public:
    virtual ~HttpClient() = default;
    [[nodiscard]] virtual async::Task<Result<ClientAnswer>> send(ClientRequest request, async::Deadline deadline) = 0;
};

}  // namespace evergrant::net
