#include "net/request_parser.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstring>

namespace evergrant::net {
namespace {

using Outcome = RequestParser::Outcome;
using Phase = RequestParser::Phase;

/// Feeds in parts of at most `part` bytes until nothing is left or the parser wants no more.
void feed(RequestParser& parser, std::string_view bytes, std::size_t part = 1 << 20) {
    while (!bytes.empty() && parser.outcome() == Outcome::need_more) {
        const auto room = parser.room();
        const std::size_t count = std::min({room.size(), bytes.size(), part});
        std::memcpy(room.data(), bytes.data(), count);
        bytes.remove_prefix(count);
        parser.received(count);
    }
}

std::string get(std::string_view target) {
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

TEST(RequestParserTest, reads_the_parts_of_a_request) {
    RequestParser parser({});

    feed(parser, "POST /a/b?c=d&e HTTP/1.1\r\nHost: here\r\nX-One:  two words \r\nContent-Length: 4\r\n\r\nbody");

    ASSERT_EQ(parser.outcome(), Outcome::complete);
    const RequestView request = parser.request();
    EXPECT_EQ(request.method, Method::post);
    EXPECT_EQ(request.method_name, "POST");
    EXPECT_EQ(request.target, "/a/b?c=d&e");
    EXPECT_EQ(request.path, "/a/b");
    EXPECT_EQ(request.query, "c=d&e");
    EXPECT_EQ(request.header("x-ONE"), "two words");
    EXPECT_EQ(request.header("absent"), "");
    EXPECT_EQ(request.headers.size(), 3U);
    EXPECT_EQ(request.body, "body");
}

TEST(RequestParserTest, reads_the_same_however_the_bytes_are_cut) {
    const std::string bytes =
        "\r\nPUT /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        "4;ext=1\r\nWiki\r\n5\r\npedia\r\n0\r\nTrailer: x\r\n\r\n";

    for (std::size_t part = 1; part <= bytes.size(); ++part) {
        RequestParser parser({});
        feed(parser, bytes, part);

        ASSERT_EQ(parser.outcome(), Outcome::complete) << "parts of " << part;
        EXPECT_EQ(parser.request().path, "/x");
        EXPECT_EQ(parser.request().header("host"), "a");
        EXPECT_EQ(parser.request().body, "Wikipedia");
        EXPECT_EQ(parser.request().header("trailer"), "") << "a trailer is no header";
    }
}

TEST(RequestParserTest, an_empty_chunked_body_is_read_however_the_bytes_are_cut) {
    for (const std::string end : {"0\r\n\r\n", "0;a=b\r\n\r\n", "0\r\nTrailer: x\r\n\r\n", "00\r\n\r\n"}) {
        const std::string bytes = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + end;
        for (std::size_t part = 1; part <= bytes.size(); ++part) {
            RequestParser parser({});
            feed(parser, bytes, part);

            ASSERT_EQ(parser.outcome(), Outcome::complete) << end << " in parts of " << part;
            EXPECT_EQ(parser.request().body, "");
        }
    }
}

TEST(RequestParserTest, goes_on_with_the_request_behind) {
    RequestParser parser({});

    feed(parser, get("/1") + "POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx\r\n" + get("/3") + "GET");

    for (const std::string_view path : {"/1", "/2", "/3"}) {
        ASSERT_EQ(parser.outcome(), Outcome::complete);
        EXPECT_EQ(parser.request().path, path);
        parser.next();
    }
    EXPECT_EQ(parser.outcome(), Outcome::need_more);
    EXPECT_EQ(parser.phase(), Phase::header);
}

TEST(RequestParserTest, headers_stay_readable_when_the_buffer_grows) {
    const std::string long_value(9000, 'v');
    RequestParser parser({});

    feed(parser, "GET /grown HTTP/1.1\r\nHost: first\r\nX-Long: " + long_value + "\r\n\r\n", 100);

    ASSERT_EQ(parser.outcome(), Outcome::complete);
    EXPECT_EQ(parser.request().path, "/grown");
    EXPECT_EQ(parser.request().header("Host"), "first");
    EXPECT_EQ(parser.request().header("X-Long"), long_value);
}

TEST(RequestParserTest, tells_what_it_waits_for) {
    RequestParser parser({});
    EXPECT_EQ(parser.phase(), Phase::idle);

    feed(parser, "POST / HTTP/1.1\r\nHo");
    EXPECT_EQ(parser.phase(), Phase::header);

    feed(parser, "st: a\r\nContent-Length: 2\r\n\r\n");
    EXPECT_EQ(parser.phase(), Phase::body);

    feed(parser, "ab");
    parser.next();
    EXPECT_EQ(parser.phase(), Phase::idle);
}

TEST(RequestParserTest, a_client_that_waits_to_be_told_to_go_on_is_noticed_once) {
    RequestParser parser({});

    feed(parser, "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");

    EXPECT_TRUE(parser.take_expect_continue());
    EXPECT_FALSE(parser.take_expect_continue());
}

TEST(RequestParserTest, a_client_that_has_sent_its_body_is_not_told_to_go_on) {
    RequestParser parser({});

    feed(parser, "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nx");

    EXPECT_FALSE(parser.take_expect_continue());
}

struct TargetCase {
    std::string_view name;
    std::string_view target;
    std::string_view path;
    std::string_view query;
};

class RequestTargetTest : public ::testing::TestWithParam<TargetCase> {};

TEST_P(RequestTargetTest, is_split) {
    RequestParser parser({});

    feed(parser, get(GetParam().target));

    ASSERT_EQ(parser.outcome(), Outcome::complete);
    EXPECT_EQ(parser.request().path, GetParam().path);
    EXPECT_EQ(parser.request().query, GetParam().query);
}

INSTANTIATE_TEST_SUITE_P(Targets, RequestTargetTest,
                         ::testing::Values(TargetCase{"path", "/a", "/a", ""}, TargetCase{"query", "/a?b", "/a", "b"},
                                           TargetCase{"empty_query", "/a?", "/a", ""},
                                           TargetCase{"second_mark", "/a?b?c", "/a", "b?c"},
                                           TargetCase{"colon_in_path", "/a://b", "/a://b", ""},
                                           TargetCase{"percent_stays", "/a%2Fb", "/a%2Fb", ""},
                                           TargetCase{"whole_url", "http://h:1/a?b", "/a", "b"},
                                           TargetCase{"url_without_path", "https://h", "/", ""},
                                           TargetCase{"url_with_query_only", "http://h?b", "/", "b"}),
                         [](const auto& test) { return std::string(test.param.name); });

struct RefusalCase {
    std::string_view name;
    std::string_view bytes;
    Errc code;
};

class RefusedRequestTest : public ::testing::TestWithParam<RefusalCase> {};

TEST_P(RefusedRequestTest, is_refused_at_once_and_byte_by_byte) {
    for (const std::size_t part : {std::size_t{1} << 20, std::size_t{1}}) {
        RequestParser parser({});

        feed(parser, GetParam().bytes, part);

        ASSERT_EQ(parser.outcome(), Outcome::refused) << "parts of " << part;
        EXPECT_EQ(parser.refusal().code, GetParam().code) << parser.refusal().message;
        EXPECT_FALSE(parser.refusal().message.empty());
    }
}

using namespace std::string_view_literals;

INSTANTIATE_TEST_SUITE_P(
    Smuggling, RefusedRequestTest,
    ::testing::Values(
        RefusalCase{"length_and_chunked",
                    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                    Errc::invalid_request},
        RefusalCase{"chunked_and_length",
                    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
                    Errc::invalid_request},
        RefusalCase{"two_lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
                    Errc::invalid_request},
        RefusalCase{"the_same_length_twice",
                    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
                    Errc::invalid_request},
        RefusalCase{"list_of_lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\nabc",
                    Errc::invalid_request},
        RefusalCase{"signed_length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc",
                    Errc::invalid_request},
        RefusalCase{"hexadecimal_length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x3\r\n\r\nabc",
                    Errc::invalid_request},
        RefusalCase{"empty_length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\nabc", Errc::invalid_request},
        RefusalCase{"length_beyond_64_bits",
                    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551617\r\n\r\nabc",
                    Errc::invalid_request},
        RefusalCase{"chunked_twice",
                    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
                    Errc::invalid_request},
        RefusalCase{"chunked_under_a_disguise",
                    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
                    Errc::not_implemented},
        RefusalCase{"coding_before_chunked",
                    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
                    Errc::not_implemented},
        RefusalCase{"coding_after_chunked",
                    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
                    Errc::not_implemented},
        RefusalCase{"chunked_in_1_0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                    Errc::invalid_request},
        RefusalCase{"bad_chunk_size",
                    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nabc\r\n0\r\n\r\n",
                    Errc::invalid_request},
        RefusalCase{"signed_chunk_size",
                    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-3\r\nabc\r\n0\r\n\r\n",
                    Errc::invalid_request},
        RefusalCase{"chunk_longer_than_it_says",
                    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
                    Errc::invalid_request},
        RefusalCase{"chunk_size_ended_by_a_bare_line_feed",
                    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n",
                    Errc::invalid_request},
        RefusalCase{"chunk_size_beyond_64_bits",
                    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000003\r\nabc\r\n",
                    Errc::invalid_request},
        RefusalCase{"space_before_colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", Errc::invalid_request},
        RefusalCase{"space_before_name", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", Errc::invalid_request},
        RefusalCase{"empty_name", "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", Errc::invalid_request},
        RefusalCase{"folded_value", "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n", Errc::invalid_request},
        RefusalCase{"folded_after_nothing", "GET / HTTP/1.1\r\nHost: a\r\nX:\r\n c\r\n\r\n", Errc::invalid_request},
        RefusalCase{"folded_into_nothing", "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n \r\n\r\n", Errc::invalid_request},
        RefusalCase{"folded_with_a_tab", "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n\tc\r\n\r\n", Errc::invalid_request},
        RefusalCase{"nul_in_value", "GET / HTTP/1.1\r\nHost: a\r\nX: b\0c\r\n\r\n"sv, Errc::invalid_request},
        RefusalCase{"nul_in_target", "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"sv, Errc::invalid_request},
        RefusalCase{"bare_carriage_return", "GET / HTTP/1.1\r\nHost: a\r\nX: b\rc\r\n\r\n", Errc::invalid_request},
        RefusalCase{"bare_line_feed", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", Errc::invalid_request},
        RefusalCase{"bare_line_feed_after_request_line", "GET / HTTP/1.1\nHost: a\r\n\r\n", Errc::invalid_request},
        RefusalCase{"two_hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", Errc::invalid_request},
        RefusalCase{"no_host", "GET / HTTP/1.1\r\nX: b\r\n\r\n", Errc::invalid_request},
        RefusalCase{"host_list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", Errc::invalid_request},
        RefusalCase{"host_with_user", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", Errc::invalid_request},
        RefusalCase{"two_authorizations",
                    "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer x\r\nAuthorization: Bearer y\r\n\r\n",
                    Errc::invalid_request},
        RefusalCase{"target_with_fragment", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", Errc::invalid_request},
        RefusalCase{"target_without_slash", "GET a HTTP/1.1\r\nHost: a\r\n\r\n", Errc::invalid_request},
        RefusalCase{"two_spaces_before_target", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", Errc::invalid_request},
        RefusalCase{"two_spaces_after_target", "GET /  HTTP/1.1\r\nHost: a\r\n\r\n", Errc::invalid_request},
        RefusalCase{"star_for_get", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", Errc::invalid_request},
        RefusalCase{"tunnel", "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", Errc::not_implemented},
        RefusalCase{"version_0_9", "GET /\r\n\r\n", Errc::invalid_request},
        RefusalCase{"version_2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Errc::invalid_request},
        RefusalCase{"lower_case_version", "GET / http/1.1\r\nHost: a\r\n\r\n", Errc::invalid_request},
        RefusalCase{"tls", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"sv, Errc::invalid_request},
        RefusalCase{"body_too_large", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n",
                    Errc::payload_too_large},
        RefusalCase{"chunk_too_large", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n100001\r\n",
                    Errc::payload_too_large}),
    [](const auto& test) { return std::string(test.param.name); });

struct LengthCase {
    std::string_view name;
    std::string before;
    std::string repeated;
    Errc code;
};

class EndlessRequestTest : public ::testing::TestWithParam<LengthCase> {};

TEST_P(EndlessRequestTest, is_refused_within_the_limits) {
    std::string bytes = GetParam().before;
    while (bytes.size() < 1'200'000)
        bytes += GetParam().repeated;

    for (const std::size_t part : {std::size_t{1} << 20, std::size_t{1000}}) {
        RequestParser parser({});

        feed(parser, bytes, part);

        ASSERT_EQ(parser.outcome(), Outcome::refused) << "parts of " << part;
        EXPECT_EQ(parser.refusal().code, GetParam().code) << parser.refusal().message;
    }
}

INSTANTIATE_TEST_SUITE_P(
    Endless, EndlessRequestTest,
    ::testing::Values(LengthCase{"method", "", "A", Errc::headers_too_large},
                      LengthCase{"target", "GET /", "a", Errc::headers_too_large},
                      LengthCase{"header_name", "GET / HTTP/1.1\r\n", "a", Errc::headers_too_large},
                      LengthCase{"header_value", "GET / HTTP/1.1\r\nX: ", "a", Errc::headers_too_large},
                      LengthCase{"few_long_headers", "GET / HTTP/1.1\r\n", "X: " + std::string(900, 'a') + "\r\n",
                                 Errc::headers_too_large},
                      LengthCase{"many_short_headers", "GET / HTTP/1.1\r\n", "X: a\r\n", Errc::headers_too_large},
                      LengthCase{"chunk_extension",
                                 "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;", "a",
                                 Errc::invalid_request},
                      LengthCase{"trailer", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
                                 "X: a\r\n", Errc::invalid_request},
                      LengthCase{"small_chunks", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
                                 "800\r\n" + std::string(0x800, 'x') + "\r\n", Errc::payload_too_large}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(RequestParserTest, a_body_of_exactly_the_limit_is_read) {
    const std::string body(1000, 'b');
    RequestParser parser({.body_bytes = 1000});

    feed(parser, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n" + body);

    ASSERT_EQ(parser.outcome(), Outcome::complete);
    EXPECT_EQ(parser.request().body, body);
}

struct KeepAliveCase {
    std::string_view name;
    std::string_view bytes;
    bool keeps;
};

class KeepAliveTest : public ::testing::TestWithParam<KeepAliveCase> {};

TEST_P(KeepAliveTest, follows_version_and_connection_header) {
    RequestParser parser({});

    feed(parser, GetParam().bytes);

    ASSERT_EQ(parser.outcome(), Outcome::complete);
    EXPECT_EQ(parser.keep_alive(), GetParam().keeps);
}

INSTANTIATE_TEST_SUITE_P(
    Versions, KeepAliveTest,
    ::testing::Values(KeepAliveCase{"http_1_1", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", true},
                      KeepAliveCase{"http_1_1_close", "GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n",
                                    false},
                      KeepAliveCase{"http_1_0", "GET / HTTP/1.0\r\n\r\n", false},
                      KeepAliveCase{"http_1_0_keep_alive", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace evergrant::net
