#pragma once
//
// A provider's API as a connector sees it: requests for one connection, from the path on. Where the API is, the token,
// what is asked again and for how long is its implementation's (connection_api.h); what an answer means is the
// connector's.
//
#include "async/task.h"
#include "base/error.h"
#include "catalog/template.h"
#include "net/headers.h"

#include <boost/json/object.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace evergrant::connectors {

struct ApiRequest {
    std::string method{"GET"};
    std::string target;      ///< path and query, from `/`, percent-encoded: put behind the API base as it is
    net::Headers headers{};  ///< without credentials, Host and lengths
    std::string body{};
    /// May be presented again after an answer that did not come, as GET and PUT may by themselves: a search by POST.
    bool repeatable{false};
    std::size_t answer_limit{4 * 1024 * 1024};  ///< bytes, decoded; a longer one is a provider_error
};

struct ApiAnswer {
    unsigned status{0};
    net::Headers headers{};  ///< names in lower case
    std::string body{};

    /// The first header of that (lower-case) name, or empty.
    [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
};

/// Lifetime: of one caller's request, whose deadline it keeps to. Thread: one shard's.
class ProviderApi {
public:
    virtual ~ProviderApi() = default;

    /// Any answer of HTTP is an answer, 401 too if it stays after a refresh, but 429, and 503 that asks to wait, if
    /// they stay. A token is asked for at every call. Errors: of a token read (no_connection, reauthorization_required
    /// …); rate_limited with retry_after: the provider, or our own budget for it, bears no more, and nothing was done;
    /// provider_error: the answer is too long or broke off, or is such a 503 (with retry_after) to what is not
    /// repeatable and may be done; provider_unreachable, provider_timeout, egress_denied.
    [[nodiscard]] virtual async::Task<Result<ApiAnswer>> send(ApiRequest request) = 0;
};

/// `text` as one segment of a path, or one name or value of a query: everything but RFC 3986's unreserved characters is
/// escaped, the slash too.
[[nodiscard]] std::string percent_encoded(std::string_view text);

/// The JSON object of an answer, with at most 64 levels. Errors: provider_error: it is none, with what it is in detail.
[[nodiscard]] Result<boost::json::object> json_object_of(const ApiAnswer& answer);

}  // namespace evergrant::connectors
