#include "curl_client_fixture.h"

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

namespace evergrant::net {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

TEST_F(CurlClientTest, an_answer_has_its_status_headers_in_lower_case_and_body) {
    ScriptedServer server([](Peer& peer) {
        peer.read_request();
        peer.answer("{\"a\":1}", "Content-Type:  application/json \r\nX-Two: 1\r\nx-two: 2\r\nX-Empty:\r\n",
                    "201 Created");
    });

    const auto answer = send(client_, get(server.url()));

    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 201U);
    EXPECT_EQ(answer->body, "{\"a\":1}");
    EXPECT_THAT(answer->headers,
                ::testing::ElementsAre(std::pair("content-length", "7"), std::pair("content-type", "application/json"),
                                       std::pair("x-two", "1"), std::pair("x-two", "2"), std::pair("x-empty", "")));
    EXPECT_EQ(answer->header("x-two"), "1");
    EXPECT_EQ(answer->header("x-none"), "");
}

TEST_F(CurlClientTest, a_request_arrives_with_its_method_target_headers_and_body) {
    ScriptedServer server(answer_everything);
    ClientRequest request = post(server.url("/token?a=b%20c"), "grant_type=refresh_token&refresh_token=x");
    request.headers = {{"Authorization", "Basic abc"}, {"Content-Type", "application/x-www-form-urlencoded"}};

    ASSERT_TRUE(send(client_, std::move(request)));

    ASSERT_THAT(server.requests(), SizeIs(1));
    const std::string arrived = server.requests().front();
    EXPECT_THAT(arrived, StartsWith("POST /token?a=b%20c HTTP/1.1\r\n"));
    EXPECT_THAT(arrived, HasSubstr("\r\nAuthorization: Basic abc\r\n"));
    EXPECT_THAT(arrived, HasSubstr("\r\nContent-Type: application/x-www-form-urlencoded\r\n"));
    EXPECT_THAT(arrived, HasSubstr("\r\nUser-Agent: evergrant\r\n"));
    EXPECT_THAT(arrived, ::testing::EndsWith("\r\n\r\ngrant_type=refresh_token&refresh_token=x"));
}

struct MethodCase {
    std::string_view name;
    std::string_view method;
    std::string_view body;
    std::string_view expected_length;  ///< empty: no Content-Length at all
};

void PrintTo(const MethodCase& method_case, std::ostream* out) {
    *out << method_case.method;
}

class MethodTest : public CurlClientTest, public ::testing::WithParamInterface<MethodCase> {};

TEST_P(MethodTest, is_sent_as_it_is) {
    ScriptedServer server([](Peer& peer) {
        peer.read_request();
        peer.write("HTTP/1.1 204 No Content\r\n\r\n");
    });
    ClientRequest request = post(server.url(), std::string(GetParam().body));
    request.method = GetParam().method;

    const auto answer = send(client_, std::move(request));

    ASSERT_TRUE(answer) << answer.error().message;
    const std::string arrived = server.requests().front();
    EXPECT_THAT(arrived, StartsWith(std::string(GetParam().method) + " / HTTP/1.1\r\n"));
    EXPECT_THAT(arrived, ::testing::EndsWith("\r\n\r\n" + std::string(GetParam().body)));
    EXPECT_THAT(arrived, Not(HasSubstr("\r\nContent-Type:")));
    if (GetParam().expected_length.empty())
        EXPECT_THAT(arrived, Not(HasSubstr("Content-Length")));
    else
        EXPECT_THAT(arrived, HasSubstr("Content-Length: " + std::string(GetParam().expected_length) + "\r\n"));
}

INSTANTIATE_TEST_SUITE_P(CurlClient, MethodTest,
                         ::testing::Values(MethodCase{"get", "GET", "", ""}, MethodCase{"head", "HEAD", "", ""},
                                           MethodCase{"post", "POST", "a=b", "3"},
                                           MethodCase{"empty_post", "POST", "", "0"},
                                           MethodCase{"put", "PUT", "{}", "2"}, MethodCase{"patch", "PATCH", "{}", "2"},
                                           MethodCase{"delete_without_body", "DELETE", "", ""},
                                           MethodCase{"delete_with_body", "DELETE", "{}", "2"}),
                         name_of_case<MethodCase>);

TEST_F(CurlClientTest, a_body_larger_than_every_buffer_arrives_whole) {
    ScriptedServer server(answer_everything);
    const std::string body(3 * 1024 * 1024, 'x');

    ASSERT_TRUE(send(client_, post(server.url(), body)));

    EXPECT_THAT(server.requests().front(), ::testing::EndsWith("\r\n\r\n" + body));
    EXPECT_THAT(server.requests().front(), Not(HasSubstr("Expect:")));
}

TEST_F(CurlClientTest, interim_answers_and_trailers_are_not_the_answers_headers) {
    ScriptedServer server([](Peer& peer) {
        peer.read_request();
        peer.write(
            "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Late\r\n\r\n"
            "4\r\nfine\r\n0\r\nX-Late: 1\r\n\r\n");
    });

    const auto answer = send(client_, get(server.url()));

    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 200U);
    EXPECT_EQ(answer->body, "fine");
    EXPECT_EQ(answer->header("link"), "");
    EXPECT_EQ(answer->header("x-late"), "");
}

TEST_F(CurlClientTest, a_redirect_is_an_answer_and_is_not_followed) {
    ScriptedServer server([](Peer& peer) {
        while (!peer.read_request().empty())
            peer.answer("", "Location: /elsewhere\r\n", "307 Temporary Redirect");
    });

    const auto answer = send(client_, post(server.url()));

    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 307U);
    EXPECT_EQ(answer->header("location"), "/elsewhere");
    EXPECT_THAT(server.requests(), SizeIs(1));
}

TEST_F(CurlClientTest, cookies_are_not_kept) {
    ScriptedServer server([](Peer& peer) {
        while (!peer.read_request().empty())
            peer.answer("", "Set-Cookie: a=b; Path=/\r\n");
    });

    ASSERT_TRUE(send(client_, get(server.url())));
    ASSERT_TRUE(send(client_, get(server.url())));

    EXPECT_THAT(server.requests().back(), Not(HasSubstr("Cookie:")));
}

std::string gzipped(std::size_t zeros) {
    const std::string command = "head -c " + std::to_string(zeros) + " /dev/zero | gzip -9";
    const std::unique_ptr<FILE, decltype(&pclose)> pipe(popen(command.c_str(), "r"), pclose);
    std::string bytes(64 * 1024, '\0');
    bytes.resize(std::fread(bytes.data(), 1, bytes.size(), pipe.get()));
    return bytes;
}

TEST_F(CurlClientTest, a_compressed_body_is_decoded_and_the_headers_that_no_longer_fit_are_dropped) {
    const std::string packed = gzipped(5'000);
    ScriptedServer server([&packed](Peer& peer) {
        peer.read_request();
        peer.answer(packed, "Content-Encoding: gzip\r\nETag: x\r\n");
    });

    const auto answer = send(client_, get(server.url()));

    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->body, std::string(5'000, '\0'));
    EXPECT_THAT(answer->headers, ::testing::ElementsAre(std::pair("etag", "x")));
}

TEST_F(CurlClientTest, the_answer_limit_counts_the_decoded_body) {
    const std::string packed = gzipped(2'000'000);
    ASSERT_LT(packed.size(), 10'000U);
    ScriptedServer server([&packed](Peer& peer) {
        peer.read_request();
        peer.answer(packed, "Content-Encoding: gzip\r\n");
    });
    ClientRequest request = get(server.url());
    request.answer_limit = 1'000'000;

    const auto answer = send(client_, std::move(request));

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::provider_error);
    EXPECT_THAT(answer.error().message, HasSubstr("longer than the limit"));
}

TEST_F(CurlClientTest, a_body_of_exactly_the_limit_is_an_answer) {
    ScriptedServer server([](Peer& peer) {
        peer.read_request();
        peer.answer(std::string(300'000, 'x'));
    });
    ClientRequest request = get(server.url());
    request.answer_limit = 300'000;

    const auto answer = send(client_, std::move(request));

    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->body, std::string(300'000, 'x'));
}

struct UnsendableCase {
    std::string_view name;
    std::string_view method;
    std::string_view header;
    std::string_view value;
};

void PrintTo(const UnsendableCase& unsendable, std::ostream* out) {
    *out << unsendable.name;
}

class UnsendableTest : public CurlClientTest, public ::testing::WithParamInterface<UnsendableCase> {};

TEST_P(UnsendableTest, is_refused_before_anything_is_sent) {
    ScriptedServer server(answer_everything);
    ClientRequest request = get(server.url());
    request.method = GetParam().method;
    request.headers = {{std::string(GetParam().header), std::string(GetParam().value)}};

    const auto answer = send(client_, std::move(request));

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::invalid_request);
    EXPECT_EQ(server.connections(), 0U);
}

INSTANTIATE_TEST_SUITE_P(CurlClient, UnsendableTest,
                         ::testing::Values(UnsendableCase{"line_break_in_a_value", "GET", "X-A", "1\r\nX-B: 2"},
                                           UnsendableCase{"newline_in_a_value", "GET", "X-A", "1\nX-B: 2"},
                                           UnsendableCase{"nul_in_a_value", "GET", "X-A", std::string_view("1\0", 2)},
                                           UnsendableCase{"colon_in_a_name", "GET", "X-A: 1\r\nX-B", "2"},
                                           UnsendableCase{"empty_name", "GET", "", "2"},
                                           UnsendableCase{"empty_method", "", "X-A", "1"},
                                           UnsendableCase{"space_in_the_method", "GET /x HTTP/1.1", "X-A", "1"},
                                           UnsendableCase{"host", "GET", "Host", "other.example"},
                                           UnsendableCase{"content_length", "POST", "content-length", "5"},
                                           UnsendableCase{"transfer_encoding", "POST", "Transfer-Encoding", "chunked"}),
                         name_of_case<UnsendableCase>);

TEST_F(CurlClientTest, an_empty_header_value_is_sent) {
    ScriptedServer server(answer_everything);
    ClientRequest request = get(server.url());
    request.headers = {{"X-Empty", ""}};

    ASSERT_TRUE(send(client_, std::move(request)));

    EXPECT_THAT(server.requests().front(), HasSubstr("\r\nX-Empty:\r\n"));
}

}  // namespace
}  // namespace evergrant::net
