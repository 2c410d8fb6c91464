#include "net/curl_failure.h"

#include <utility>

namespace evergrant::net {

namespace {

using Cause = TransferFailure::Cause;

std::string why_not_sent(const TransferFailure& failure) {
    if (failure.cause == Cause::deadline)
        return "No connection to " + failure.host + " could be made in time; nothing was sent.";
    if (failure.cause == Cause::client_closed)
        return "The server is stopping; nothing was sent to " + failure.host + ".";
    switch (failure.code) {
        case CURLE_COULDNT_RESOLVE_HOST:
            return "The name " + failure.host + " could not be resolved; nothing was sent.";
        case CURLE_COULDNT_RESOLVE_PROXY:
            return "The proxy's name could not be resolved; nothing was sent to " + failure.host + ".";
        case CURLE_PROXY:
            return "The proxy did not let through the connection to " + failure.host + "; nothing was sent.";
        case CURLE_COULDNT_CONNECT:
            return "The connection to " + failure.host + " was refused or found no way; nothing was sent.";
        case CURLE_OPERATION_TIMEDOUT:
            return "No connection to " + failure.host + " could be made in time; nothing was sent.";
        case CURLE_PEER_FAILED_VERIFICATION:
            return "The certificate of " + failure.host + " is not trusted; nothing was sent.";
        case CURLE_SSL_CACERT_BADFILE:
            return "The file of trusted certificates cannot be read; nothing was sent to " + failure.host + ".";
        case CURLE_SSL_CERTPROBLEM:
            return "Our client certificate or its key cannot be used; nothing was sent to " + failure.host + ".";
        case CURLE_SSL_CONNECT_ERROR:
            return "No TLS connection to " + failure.host + " could be agreed on; nothing was sent.";
        default: return "No connection to " + failure.host + " could be made; nothing was sent.";
    }
}

std::string what_broke(const TransferFailure& failure) {
    if (failure.cause == Cause::body_too_long)
        return "The answer of " + failure.host + " is longer than the limit for it.";
    if (failure.cause == Cause::headers_too_long)
        return "The header section of the answer of " + failure.host + " is too long.";
    switch (failure.code) {
        case CURLE_GOT_NOTHING:
        case CURLE_ABORTED_BY_CALLBACK:
            return failure.host + " closed the connection without an answer; what was sent may have arrived.";
        case CURLE_PARTIAL_FILE: return failure.host + " closed the connection before its answer was whole.";
        case CURLE_UNSUPPORTED_PROTOCOL:
        case CURLE_WEIRD_SERVER_REPLY: return "The answer of " + failure.host + " is not HTTP.";
        case CURLE_BAD_CONTENT_ENCODING: return "The answer of " + failure.host + " cannot be decoded.";
        default:
            return "The connection to " + failure.host +
                   " broke before its answer was whole; what was sent may have arrived.";
    }
}

}  // namespace

Error error_of(const TransferFailure& failure) {
    const bool ran_out_of_time = failure.cause == Cause::deadline ||
                                 (failure.cause == Cause::by_code && failure.code == CURLE_OPERATION_TIMEDOUT);
    Error error;
    error.detail = failure.detail;
    if (!failure.presented && failure.denied) {
        error.code = Errc::egress_denied;
        error.message = failure.host + " resolves to an address that may not be called; nothing was sent.";
    } else if (!failure.presented) {
        error.code = Errc::provider_unreachable;
        error.message = why_not_sent(failure);
    } else if (ran_out_of_time) {
        error.code = Errc::provider_timeout;
        error.message = failure.host + " did not answer in time; what was sent may have arrived.";
    } else if (failure.cause == Cause::client_closed) {
        error.code = Errc::provider_timeout;
        error.message = "The server stopped before " + failure.host + " answered; what was sent may have arrived.";
    } else {
        error.code = Errc::provider_error;
        error.message = what_broke(failure);
    }
    return error;
}

}  // namespace evergrant::net
