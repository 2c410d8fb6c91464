#pragma once
//
// What a transfer that brought no answer means: whether something was sent, and one sentence for an operator. Pure.
//
#include "base/error.h"

#include <curl/curl.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace evergrant::net {

/// What the transfer itself saw; libcurl's code alone does not tell *not sent* from *sent, unknown*.
struct TransferFailure {
    enum class Cause : std::uint8_t {
        by_code,           ///< as `code` says
        deadline,          ///< the caller's deadline passed
        body_too_long,     ///< the body exceeded the caller's limit
        headers_too_long,  ///< the header section exceeded the client's
        client_closed,     ///< the client went while the transfer was under way
    };

    Cause cause{Cause::by_code};
    CURLcode code{CURLE_OK};
    bool presented{false};  ///< a connection was ready and the request was handed to it
    bool denied{false};     ///< the egress guard refused every address that was tried
    std::string host;       ///< of the URL; goes into the message
    std::string detail;     ///< libcurl's own words, for the log
};

[[nodiscard]] Error error_of(const TransferFailure& failure);

}  // namespace evergrant::net
