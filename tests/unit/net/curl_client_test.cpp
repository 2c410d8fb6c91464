#include "net/curl_client.h"

#include "run_task.h"
#include "scripted_names.h"
#include "scripted_server.h"
#include "tls_server.h"

#include <gmock/gmock.h>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace evergrant::net {
namespace {

using async::Deadline;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::ScriptedNames;
using testing::ScriptedServer;
using ::testing::SizeIs;
using ::testing::StartsWith;
using testing::TlsServer;
using Peer = ScriptedServer::Peer;

CurlOptions dev_options() {
    CurlOptions options;
    options.egress = EgressGuard(EgressPolicy{.allow_loopback_http = true});
    return options;
}

ClientRequest get(std::string url) {
    ClientRequest request;
    request.method = "GET";
    request.url = std::move(url);
    return request;
}

ClientRequest post(std::string url, std::string body = "refresh_token=s3cret") {
    ClientRequest request;
    request.url = std::move(url);
    request.body = SecretString(std::move(body));
    return request;
}

const auto patient = [] { return Deadline::after(seconds(20)); };
const auto short_time = [] { return Deadline::after(milliseconds(80)); };

void answer_everything(Peer& peer) {
    while (!peer.read_request().empty())
        peer.answer("fine");
}

class CurlClientTest : public ::testing::Test {
protected:
    Result<ClientAnswer> send(HttpClient& client, ClientRequest request, Deadline deadline = patient()) {
        return evergrant::testing::run_task(context_, client.send(std::move(request), deadline));
    }

    boost::asio::io_context context_{1};
    CurlClient client_{context_, dev_options()};
};

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

template <class Case>
std::string name_of_case(const ::testing::TestParamInfo<Case>& info) {
    return std::string(info.param.name);
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

TEST_F(CurlClientTest, a_connection_is_used_again) {
    ScriptedServer server(answer_everything);

    for (int count = 0; count < 5; ++count)
        ASSERT_TRUE(send(client_, post(server.url())));

    EXPECT_THAT(server.requests(), SizeIs(5));
    EXPECT_EQ(server.connections(), 1U);
}

TEST_F(CurlClientTest, a_connection_that_the_server_closed_while_idle_is_replaced_before_sending) {
    ScriptedServer server([](Peer& peer) {
        peer.read_request();
        peer.answer("fine");
    });
    ASSERT_TRUE(send(client_, post(server.url())));
    server.wait_until_closed(1);

    const auto second = send(client_, post(server.url()));

    ASSERT_TRUE(second) << second.error().message;
    EXPECT_THAT(server.requests(), SizeIs(2));
}

// libcurl sends a request again by itself when a reused connection dies: the server may have spent the token already.
class DyingConnectionTest : public CurlClientTest, public ::testing::WithParamInterface<bool> {};

TEST_P(DyingConnectionTest, never_presents_a_request_twice) {
    const bool with_a_reset = GetParam();
    ScriptedServer server([with_a_reset](Peer& peer) {
        peer.read_request();
        if (peer.index() != 0)
            return peer.answer("a second presentation");
        peer.answer("fine");
        peer.read_request();
        if (with_a_reset)
            peer.reset();
    });
    ASSERT_TRUE(send(client_, post(server.url("/first"))));

    const auto second = send(client_, post(server.url("/second")));

    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::provider_error);
    EXPECT_THAT(second.error().message, HasSubstr("may have arrived"));
    server.stop();
    EXPECT_THAT(server.requests(), SizeIs(2));
}

TEST_P(DyingConnectionTest, presents_a_repeatable_request_once_more) {
    const bool with_a_reset = GetParam();
    ScriptedServer server([with_a_reset](Peer& peer) {
        peer.read_request();
        peer.answer("fine");
        if (peer.index() != 0)
            return peer.hold();
        peer.read_request();
        if (with_a_reset)
            peer.reset();
    });
    ASSERT_TRUE(send(client_, get(server.url("/first"))));
    ClientRequest repeatable = get(server.url("/second"));
    repeatable.repeatable = true;

    const auto second = send(client_, std::move(repeatable));

    ASSERT_TRUE(second) << second.error().message;
    EXPECT_THAT(server.requests(), SizeIs(3));
}

INSTANTIATE_TEST_SUITE_P(CurlClient, DyingConnectionTest, ::testing::Bool(),
                         [](const auto& how) { return how.param ? "when_it_is_reset" : "when_it_is_closed"; });

struct BrokenAnswerCase {
    std::string_view name;
    std::function<void(Peer&)> after_the_request;
    Errc code;
};

void PrintTo(const BrokenAnswerCase& broken, std::ostream* out) {
    *out << broken.name;
}

class BrokenAnswerTest : public CurlClientTest, public ::testing::WithParamInterface<BrokenAnswerCase> {};

TEST_P(BrokenAnswerTest, is_told_apart_from_an_unsent_request) {
    ScriptedServer server([](Peer& peer) {
        peer.read_request();
        GetParam().after_the_request(peer);
    });
    CurlOptions options = dev_options();
    options.headers_limit = 8 * 1024;
    CurlClient client(context_, std::move(options));
    ClientRequest request = post(server.url("/token?query=s3cret"));
    request.answer_limit = 10'000;
    const bool in_time = GetParam().code != Errc::provider_timeout;

    const auto answer = send(client, std::move(request), in_time ? patient() : short_time());

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, GetParam().code) << answer.error().message << answer.error().detail;
    EXPECT_THAT(answer.error().message, HasSubstr("127.0.0.1"));
    EXPECT_THAT(answer.error().message, ::testing::EndsWith("."));
    EXPECT_THAT(answer.error().message + answer.error().detail, Not(HasSubstr("s3cret")));
    EXPECT_THAT(server.requests(), SizeIs(1));
}

INSTANTIATE_TEST_SUITE_P(
    CurlClient, BrokenAnswerTest,
    ::testing::Values(
        BrokenAnswerCase{"closed", [](Peer&) {}, Errc::provider_error},
        BrokenAnswerCase{"reset", [](Peer& peer) { peer.reset(); }, Errc::provider_error},
        BrokenAnswerCase{"half_a_status_line", [](Peer& peer) { peer.write("HTTP/1.1 2"); }, Errc::provider_error},
        BrokenAnswerCase{"half_the_headers", [](Peer& peer) { peer.write("HTTP/1.1 200 OK\r\nContent-"); },
                         Errc::provider_error},
        BrokenAnswerCase{"half_the_body",
                         [](Peer& peer) { peer.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"); },
                         Errc::provider_error},
        BrokenAnswerCase{"half_a_chunk",
                         [](Peer& peer) { peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nha"); },
                         Errc::provider_error},
        BrokenAnswerCase{
            "no_last_chunk",
            [](Peer& peer) { peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"); },
            Errc::provider_error},
        BrokenAnswerCase{"wrong_chunk",
                         [](Peer& peer) {
                             peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhalf\r\n");
                             peer.hold();
                         },
                         Errc::provider_error},
        BrokenAnswerCase{"not_http", [](Peer& peer) { peer.write("SSH-2.0-OpenSSH_9.2\r\n"); }, Errc::provider_error},
        BrokenAnswerCase{"bytes", [](Peer& peer) { peer.write(std::string_view("\x16\x03\x01\x00\x00\xff\x00", 7)); },
                         Errc::provider_error},
        BrokenAnswerCase{"not_gzip", [](Peer& peer) { peer.answer("not gzip at all", "Content-Encoding: gzip\r\n"); },
                         Errc::provider_error},
        BrokenAnswerCase{"body_too_long", [](Peer& peer) { peer.answer(std::string(10'001, 'x')); },
                         Errc::provider_error},
        BrokenAnswerCase{"endless_body",
                         [](Peer& peer) {
                             peer.write("HTTP/1.1 200 OK\r\n\r\n" + std::string(100'000, 'x'));
                             peer.hold();
                         },
                         Errc::provider_error},
        BrokenAnswerCase{"one_long_header",
                         [](Peer& peer) { peer.answer("", "X: " + std::string(9'000, 'x') + "\r\n"); },
                         Errc::provider_error},
        BrokenAnswerCase{"endless_headers",
                         [](Peer& peer) {
                             std::string headers;
                             for (int count = 0; count < 2'000; ++count)
                                 headers += "X: y\r\n";
                             peer.write("HTTP/1.1 200 OK\r\n" + headers);
                             peer.hold();
                         },
                         Errc::provider_error},
        BrokenAnswerCase{"endless_interim_answers",
                         [](Peer& peer) {
                             for (int count = 0; count < 1'000; ++count)
                                 peer.write("HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n");
                             peer.hold();
                         },
                         Errc::provider_error},
        BrokenAnswerCase{"silence", [](Peer& peer) { peer.hold(); }, Errc::provider_timeout},
        BrokenAnswerCase{"silence_after_the_headers",
                         [](Peer& peer) {
                             peer.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n");
                             peer.hold();
                         },
                         Errc::provider_timeout},
        BrokenAnswerCase{"silence_in_the_body",
                         [](Peer& peer) {
                             peer.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
                             peer.hold();
                         },
                         Errc::provider_timeout},
        BrokenAnswerCase{"a_byte_at_a_time",
                         [](Peer& peer) {
                             peer.drip("HTTP/1.1 200 OK\r\nX: " + std::string(1'000, 'x') +
                                       "\r\nContent-Length: 0\r\n\r\n");
                         },
                         Errc::provider_timeout}),
    name_of_case<BrokenAnswerCase>);

TEST_F(CurlClientTest, a_slow_answer_that_is_whole_in_time_counts) {
    ScriptedServer server([](Peer& peer) {
        peer.read_request();
        peer.drip("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine");
    });

    const auto answer = send(client_, get(server.url()));

    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->body, "fine");
}

TEST_F(CurlClientTest, a_server_that_closes_without_reading_leaves_it_open_what_arrived) {
    ScriptedServer server([](Peer&) {});

    const auto answer = send(client_, post(server.url()));

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::provider_error);
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

TEST_F(CurlClientTest, a_refused_connection_is_unreachable) {
    ScriptedServer server(answer_everything);
    const std::string url = server.url("/token?query=s3cret");
    server.stop();

    const auto answer = send(client_, post(url));

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::provider_unreachable);
    EXPECT_THAT(answer.error().message, HasSubstr("nothing was sent"));
    EXPECT_THAT(answer.error().message + answer.error().detail, Not(HasSubstr("s3cret")));
}

TEST_F(CurlClientTest, an_unknown_name_is_unreachable) {
    const auto answer = send(client_, post("https://unknown.test/"));

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::provider_unreachable);
    EXPECT_THAT(answer.error().message, HasSubstr("The name unknown.test could not be resolved"));
}

TEST_F(CurlClientTest, a_stuck_resolver_neither_holds_up_the_deadline_nor_the_shard) {
    const ScriptedNames::Stuck stuck;

    const auto answer = send(client_, post("https://slow.test/"), short_time());

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::provider_unreachable);
}

TEST_F(CurlClientTest, a_deadline_that_has_passed_sends_nothing) {
    ScriptedServer server(answer_everything);

    const auto answer = send(client_, post(server.url()), Deadline::after(seconds(0)));

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::provider_unreachable);
    EXPECT_EQ(server.connections(), 0U);
}

struct HandshakeCase {
    std::string_view name;
    std::function<void(Peer&)> script;
};

void PrintTo(const HandshakeCase& handshake, std::ostream* out) {
    *out << handshake.name;
}

class BrokenHandshakeTest : public CurlClientTest, public ::testing::WithParamInterface<HandshakeCase> {};

TEST_P(BrokenHandshakeTest, is_unreachable) {
    ScriptedServer server(GetParam().script);
    CurlOptions options = dev_options();
    options.connect_timeout = milliseconds(100);
    CurlClient client(context_, std::move(options));

    const auto answer = send(client, post("https://127.0.0.1:" + std::to_string(server.port()) + "/"));

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::provider_unreachable);
    EXPECT_THAT(answer.error().message, HasSubstr("nothing was sent"));
}

INSTANTIATE_TEST_SUITE_P(CurlClient, BrokenHandshakeTest,
                         ::testing::Values(HandshakeCase{"closed", [](Peer&) {}},
                                           HandshakeCase{"reset", [](Peer& peer) { peer.reset(); }},
                                           HandshakeCase{"silence", [](Peer& peer) { peer.hold(); }},
                                           HandshakeCase{"plain_http",
                                                         [](Peer& peer) {
                                                             peer.write("HTTP/1.1 400 Bad Request\r\n\r\n");
                                                             peer.hold();
                                                         }}),
                         name_of_case<HandshakeCase>);

TEST_F(CurlClientTest, a_self_signed_certificate_is_unreachable) {
    const TlsServer server("IP:127.0.0.1");

    const auto answer = send(client_, get(server.url()));

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::provider_unreachable);
    EXPECT_EQ(answer.error().message, "The certificate of 127.0.0.1 is not trusted; nothing was sent.");
}

TEST_F(CurlClientTest, a_certificate_is_accepted_when_the_configured_file_holds_its_root) {
    const TlsServer server("IP:127.0.0.1");
    CurlOptions options = dev_options();
    options.ca_file = server.certificate();
    CurlClient client(context_, std::move(options));

    const auto answer = send(client, get(server.url()));

    ASSERT_TRUE(answer) << answer.error().message << answer.error().detail;
    EXPECT_EQ(answer->status, 200U);
}

TEST_F(CurlClientTest, a_trusted_certificate_for_another_host_is_unreachable) {
    const TlsServer server("DNS:elsewhere.example");
    CurlOptions options = dev_options();
    options.ca_file = server.certificate();
    CurlClient client(context_, std::move(options));

    const auto answer = send(client, get(server.url()));

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::provider_unreachable);
}

TEST_F(CurlClientTest, tls_older_than_1_2_is_unreachable) {
    const TlsServer server("IP:127.0.0.1", {"-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0"});
    CurlOptions options = dev_options();
    options.ca_file = server.certificate();
    CurlClient client(context_, std::move(options));

    const auto answer = send(client, get(server.url()));

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::provider_unreachable);
}

TEST_F(CurlClientTest, a_missing_file_of_roots_is_unreachable_and_says_so) {
    const TlsServer server("IP:127.0.0.1");
    CurlOptions options = dev_options();
    options.ca_file = "/nonexistent/roots.pem";
    CurlClient client(context_, std::move(options));

    const auto answer = send(client, get(server.url()));

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::provider_unreachable);
    EXPECT_THAT(answer.error().message, HasSubstr("file of trusted certificates"));
}

class Http2Test : public CurlClientTest {
protected:
    void SetUp() override {
        if (std::system("command -v node > /dev/null") != 0)
            GTEST_SKIP() << "node, whose HTTP/2 server this asks, is not installed.";
        server_.emplace(TlsServer::Http2{});
        CurlOptions options = dev_options();
        options.ca_file = server_->certificate();
        http2_client_.emplace(context_, std::move(options));
    }

    std::optional<TlsServer> server_;
    std::optional<CurlClient> http2_client_;
};

TEST_F(Http2Test, is_spoken_where_it_is_offered) {
    const auto answer = send(*http2_client_, post(server_->url("/version")));

    ASSERT_TRUE(answer) << answer.error().message << answer.error().detail;
    EXPECT_EQ(answer->body, "2.0");
    EXPECT_NE(answer->header("date"), "");
}

TEST_F(Http2Test, a_request_is_presented_once_when_its_reused_connection_dies) {
    ASSERT_TRUE(send(*http2_client_, post(server_->url("/version"))));

    const auto answer = send(*http2_client_, post(server_->url("/closes")));

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::provider_error) << answer.error().message;
    EXPECT_EQ(send(*http2_client_, get(server_->url("/count/closes")))->body, "1");
}

TEST_F(Http2Test, a_request_is_presented_once_when_its_stream_is_refused) {
    ASSERT_TRUE(send(*http2_client_, post(server_->url("/version"))));

    const auto answer = send(*http2_client_, post(server_->url("/refuses")));

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::provider_error) << answer.error().message;
    EXPECT_EQ(send(*http2_client_, get(server_->url("/count/refuses")))->body, "1");
}

struct ForbiddenNameCase {
    std::string_view name;
    const char* address;
};

void PrintTo(const ForbiddenNameCase& forbidden, std::ostream* out) {
    *out << forbidden.address;
}

class ForbiddenNameTest : public CurlClientTest, public ::testing::WithParamInterface<ForbiddenNameCase> {};

TEST_P(ForbiddenNameTest, a_name_that_resolves_to_a_forbidden_address_is_denied) {
    ScriptedNames::instance().set("rebound.test", GetParam().address);
    CurlClient client(context_, {});

    const auto answer = send(client, post("https://rebound.test/?query=s3cret"));

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::egress_denied);
    EXPECT_EQ(answer.error().message, "rebound.test resolves to an address that may not be called; nothing was sent.");
}

INSTANTIATE_TEST_SUITE_P(
    CurlClient, ForbiddenNameTest,
    ::testing::Values(ForbiddenNameCase{"loopback", "127.0.0.1"}, ForbiddenNameCase{"unspecified", "0.0.0.0"},
                      ForbiddenNameCase{"private", "10.1.2.3"}, ForbiddenNameCase{"metadata", "169.254.169.254"},
                      ForbiddenNameCase{"loopback_v6", "::1"}, ForbiddenNameCase{"mapped", "::ffff:127.0.0.1"},
                      ForbiddenNameCase{"nat64", "64:ff9b::10.1.2.3"},
                      ForbiddenNameCase{"unique_local", "fd00:ec2::254"}),
    name_of_case<ForbiddenNameCase>);

TEST_F(CurlClientTest, localhost_is_denied_without_dev) {
    ScriptedServer server(answer_everything);
    CurlClient client(context_, {});

    const auto answer = send(client, get("https://localhost:" + std::to_string(server.port()) + "/"));

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::egress_denied);
    EXPECT_EQ(server.connections(), 0U);
}

TEST_F(CurlClientTest, localhost_is_called_in_dev) {
    ScriptedServer server(answer_everything);

    const auto answer = send(client_, get("http://localhost:" + std::to_string(server.port()) + "/"));

    ASSERT_TRUE(answer) << answer.error().message;
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

/// For as long as it lives an environment variable has a value.
class Environment {
public:
    Environment(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
    ~Environment() { ::unsetenv(name_); }
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;

private:
    const char* name_;
};

TEST_F(CurlClientTest, a_proxy_of_the_environment_is_not_used) {
    ScriptedServer proxy(answer_everything);
    ScriptedServer server(answer_everything);
    const Environment http_proxy("http_proxy", proxy.url());
    const Environment all_proxy("ALL_PROXY", proxy.url());

    ASSERT_TRUE(send(client_, get(server.url())));

    EXPECT_EQ(proxy.connections(), 0U);
    EXPECT_THAT(server.requests(), SizeIs(1));
}

CurlOptions options_with_proxy(const ScriptedServer& proxy) {
    CurlOptions options;
    options.proxy = SecretString(proxy.url());
    options.proxy_may_be_private = true;
    return options;
}

TEST_F(CurlClientTest, a_configured_proxy_is_asked_for_a_tunnel_and_sees_no_secret) {
    ScriptedServer proxy([](Peer& peer) {
        peer.read_request();
        peer.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    });
    const Environment no_proxy("no_proxy", "*");
    CurlClient client(context_, options_with_proxy(proxy));
    ClientRequest request = post("https://accounts.test/token");
    request.headers = {{"Authorization", "Basic s3cret"}};

    const auto answer = send(client, std::move(request));

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::provider_unreachable) << answer.error().message;
    ASSERT_THAT(proxy.requests(), SizeIs(1));
    EXPECT_THAT(proxy.requests().front(), StartsWith("CONNECT accounts.test:443 HTTP/1.1\r\n"));
    EXPECT_THAT(proxy.requests().front(), Not(HasSubstr("s3cret")));
}

TEST_F(CurlClientTest, a_private_proxy_is_denied_unless_configured_so) {
    ScriptedServer proxy(answer_everything);
    CurlOptions options = options_with_proxy(proxy);
    options.proxy_may_be_private = false;
    CurlClient client(context_, std::move(options));

    const auto answer = send(client, post("https://accounts.test/token"));

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::egress_denied);
    EXPECT_EQ(proxy.connections(), 0U);
}

TEST_F(CurlClientTest, an_address_that_may_not_be_called_may_not_be_called_through_a_proxy_either) {
    ScriptedServer proxy(answer_everything);
    CurlClient client(context_, options_with_proxy(proxy));

    const auto answer = send(client, post("https://169.254.169.254/latest"));

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::egress_denied);
    EXPECT_EQ(proxy.connections(), 0U);
}

TEST_F(CurlClientTest, two_hundred_requests_at_a_time_each_get_their_own_answer) {
    ScriptedServer server([](Peer& peer) {
        for (std::string request = peer.read_request(); !request.empty(); request = peer.read_request())
            peer.answer(request.substr(0, request.find('\r')));
    });
    CurlOptions options = dev_options();
    options.max_per_host = 16;
    CurlClient client(context_, std::move(options));
    std::vector<std::string> wrong;
    int ended = 0;

    for (int number = 0; number < 200; ++number) {
        const std::string path = "/" + std::to_string(number);
        const auto compare = [&wrong, &ended, path](std::exception_ptr, Result<ClientAnswer> answer) {
            ++ended;
            if (!answer || answer->body != "POST " + path + " HTTP/1.1")
                wrong.push_back(path + ": " + (answer ? answer->body : answer.error().message));
        };
        boost::asio::co_spawn(context_, client.send(post(server.url(path)), patient()), compare);
    }
    while (ended < 200)
        context_.run_one();

    EXPECT_THAT(wrong, IsEmpty());
    EXPECT_THAT(server.requests(), SizeIs(200));
    EXPECT_LE(server.connections(), 16U);
}

TEST_F(CurlClientTest, a_request_that_waits_for_a_free_connection_until_its_deadline_was_not_sent) {
    ScriptedServer server([](Peer& peer) {
        peer.read_request();
        peer.hold();
    });
    CurlOptions options = dev_options();
    options.max_per_host = 1;
    CurlClient client(context_, std::move(options));
    const auto ignore = [](std::exception_ptr, const Result<ClientAnswer>&) {};
    boost::asio::co_spawn(context_, client.send(post(server.url("/first")), patient()), ignore);

    const auto second = send(client, post(server.url("/second")), short_time());

    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::provider_unreachable);
    EXPECT_THAT(server.requests(), SizeIs(1));
}

TEST_F(CurlClientTest, cancelling_the_caller_drops_the_transfer_and_throws) {
    boost::asio::cancellation_signal cancel;
    std::atomic<bool> client_hung_up{false};
    ScriptedServer server([&](Peer& peer) {
        peer.read_request();
        if (peer.index() != 0)
            return peer.answer("fine");
        boost::asio::post(context_, [&cancel] { cancel.emit(boost::asio::cancellation_type::terminal); });
        peer.hold();
        client_hung_up = true;
    });
    std::exception_ptr thrown;
    const auto keep = [&thrown](std::exception_ptr exception, const Result<ClientAnswer>&) { thrown = exception; };
    boost::asio::co_spawn(context_, client_.send(post(server.url()), Deadline::never()),
                          boost::asio::bind_cancellation_slot(cancel.slot(), keep));
    while (!thrown)
        context_.run_one();

    const auto next = send(client_, post(server.url()));

    ASSERT_TRUE(next) << next.error().message;
    EXPECT_THROW(std::rethrow_exception(thrown), boost::system::system_error);
    while (!client_hung_up)
        std::this_thread::yield();
}

TEST_F(CurlClientTest, a_caller_cancelled_before_it_begins_sends_nothing) {
    ScriptedServer server(answer_everything);
    boost::asio::cancellation_signal cancel;
    bool ended = false;
    const auto keep = [&ended](std::exception_ptr, const Result<ClientAnswer>&) { ended = true; };
    boost::asio::co_spawn(context_, client_.send(post(server.url()), Deadline::never()),
                          boost::asio::bind_cancellation_slot(cancel.slot(), keep));

    cancel.emit(boost::asio::cancellation_type::terminal);
    while (!ended)
        context_.run_one();

    EXPECT_THAT(server.requests(), IsEmpty());
}

TEST_F(CurlClientTest, a_client_that_goes_ends_its_requests_by_whether_they_were_sent) {
    ScriptedServer server([this](Peer& peer) {
        peer.read_request();
        boost::asio::post(context_, [this] { context_.stop(); });
        peer.hold();
    });
    auto client = std::make_unique<CurlClient>(context_, dev_options());
    const ScriptedNames::Stuck stuck;
    std::vector<Errc> codes;
    const auto keep = [&codes](std::exception_ptr, Result<ClientAnswer> answer) {
        codes.push_back(answer.error().code);
    };
    boost::asio::co_spawn(context_, client->send(post(server.url()), Deadline::never()), keep);
    boost::asio::co_spawn(context_, client->send(post("https://slow.test/"), Deadline::never()), keep);
    context_.run();

    client.reset();
    context_.restart();
    context_.run();

    EXPECT_THAT(codes, ::testing::UnorderedElementsAre(Errc::provider_timeout, Errc::provider_unreachable));
}

TEST(CurlClientLifetimeTest, client_and_context_may_go_while_callers_wait) {
    auto context = std::make_unique<boost::asio::io_context>(1);
    ScriptedServer server([&context](Peer& peer) {
        peer.read_request();
        boost::asio::post(*context, [&context] { context->stop(); });
        peer.hold();
    });
    auto client = std::make_unique<CurlClient>(*context, dev_options());
    bool resumed = false;
    const auto note = [&resumed](std::exception_ptr, const Result<ClientAnswer>&) { resumed = true; };
    boost::asio::co_spawn(*context, client->send(post(server.url()), Deadline::never()), note);
    context->run();

    client.reset();
    context.reset();

    EXPECT_FALSE(resumed);
}

TEST(CurlClientThreadTest, shards_send_at_the_same_time_without_sharing_anything) {
    ScriptedServer server(answer_everything);
    std::atomic<int> answered{0};
    const auto shard = [&server, &answered] {
        boost::asio::io_context context(1);
        CurlClient client(context, dev_options());
        for (int count = 0; count < 25; ++count) {
            auto task = client.send(post("http://localhost:" + std::to_string(server.port()) + "/"), patient());
            if (evergrant::testing::run_task(context, std::move(task)))
                ++answered;
        }
    };

    std::vector<std::thread> shards;
    for (int count = 0; count < 4; ++count)
        shards.emplace_back(shard);
    for (auto& one : shards)
        one.join();

    EXPECT_EQ(answered, 100);
    EXPECT_EQ(server.connections(), 4U);
}

}  // namespace
}  // namespace evergrant::net
