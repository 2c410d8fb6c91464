#include "net/curl_failure.h"

#include <gtest/gtest.h>

#include <string>

namespace evergrant::net {
namespace {

using Cause = TransferFailure::Cause;

struct FailureCase {
    std::string_view name;
    Cause cause;
    CURLcode code;
    bool presented;
    bool denied;
    Errc expected;
};

void PrintTo(const FailureCase& failure, std::ostream* out) {
    *out << failure.name;
}

class TransferFailureTest : public ::testing::TestWithParam<FailureCase> {};

TEST_P(TransferFailureTest, says_whether_anything_was_sent) {
    const auto& [name, cause, code, presented, denied, expected] = GetParam();

    const Error error = error_of(
        {.cause = cause, .code = code, .presented = presented, .denied = denied, .host = "api.example", .detail = ""});

    EXPECT_EQ(error.code, expected) << error.message;
    EXPECT_EQ(error.message.contains("nothing was sent"), !presented) << error.message;
    EXPECT_TRUE(error.message.contains("api.example")) << error.message;
}

INSTANTIATE_TEST_SUITE_P(
    Curl, TransferFailureTest,
    ::testing::Values(
        FailureCase{"name", Cause::by_code, CURLE_COULDNT_RESOLVE_HOST, false, false, Errc::provider_unreachable},
        FailureCase{"proxys_name", Cause::by_code, CURLE_COULDNT_RESOLVE_PROXY, false, false,
                    Errc::provider_unreachable},
        FailureCase{"proxy_refuses", Cause::by_code, CURLE_PROXY, false, false, Errc::provider_unreachable},
        FailureCase{"connect", Cause::by_code, CURLE_COULDNT_CONNECT, false, false, Errc::provider_unreachable},
        FailureCase{"connect_in_time", Cause::by_code, CURLE_OPERATION_TIMEDOUT, false, false,
                    Errc::provider_unreachable},
        FailureCase{"certificate", Cause::by_code, CURLE_PEER_FAILED_VERIFICATION, false, false,
                    Errc::provider_unreachable},
        FailureCase{"handshake", Cause::by_code, CURLE_SSL_CONNECT_ERROR, false, false, Errc::provider_unreachable},
        FailureCase{"broken_tunnel", Cause::by_code, CURLE_RECV_ERROR, false, false, Errc::provider_unreachable},
        FailureCase{"deadline_before", Cause::deadline, CURLE_OK, false, false, Errc::provider_unreachable},
        FailureCase{"closed_before", Cause::client_closed, CURLE_OK, false, false, Errc::provider_unreachable},
        FailureCase{"denied", Cause::by_code, CURLE_COULDNT_CONNECT, false, true, Errc::egress_denied},
        FailureCase{"no_reconnect_after_sending", Cause::by_code, CURLE_COULDNT_CONNECT, true, false,
                    Errc::provider_error},
        FailureCase{"denied_reconnect_after_sending", Cause::by_code, CURLE_COULDNT_CONNECT, true, true,
                    Errc::provider_error},
        FailureCase{"name_lost_after_sending", Cause::by_code, CURLE_COULDNT_RESOLVE_HOST, true, false,
                    Errc::provider_error}),
    [](const auto& which) { return std::string(which.param.name); });

INSTANTIATE_TEST_SUITE_P(
    CurlAfterSending, TransferFailureTest,
    ::testing::Values(
        FailureCase{"reconnect_in_time", Cause::by_code, CURLE_OPERATION_TIMEDOUT, true, false, Errc::provider_timeout},
        FailureCase{"deadline", Cause::deadline, CURLE_OK, true, false, Errc::provider_timeout},
        FailureCase{"client_closed", Cause::client_closed, CURLE_OK, true, false, Errc::provider_timeout},
        FailureCase{"nothing_came", Cause::by_code, CURLE_GOT_NOTHING, true, false, Errc::provider_error},
        FailureCase{"send", Cause::by_code, CURLE_SEND_ERROR, true, false, Errc::provider_error},
        FailureCase{"receive", Cause::by_code, CURLE_RECV_ERROR, true, false, Errc::provider_error},
        FailureCase{"http2", Cause::by_code, CURLE_HTTP2_STREAM, true, false, Errc::provider_error},
        FailureCase{"second_presentation_stopped", Cause::by_code, CURLE_ABORTED_BY_CALLBACK, true, false,
                    Errc::provider_error},
        FailureCase{"body_too_long", Cause::body_too_long, CURLE_WRITE_ERROR, true, false, Errc::provider_error},
        FailureCase{"headers_too_long", Cause::headers_too_long, CURLE_WRITE_ERROR, true, false, Errc::provider_error}),
    [](const auto& which) { return std::string(which.param.name); });

}  // namespace
}  // namespace evergrant::net
