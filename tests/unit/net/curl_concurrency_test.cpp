#include "curl_client_fixture.h"
#include "scripted_names.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <exception>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace evergrant::net {
namespace {

using ::testing::IsEmpty;
using testing::ScriptedNames;
using ::testing::SizeIs;

using CurlConcurrencyTest = CurlClientTest;

TEST_F(CurlConcurrencyTest, two_hundred_requests_at_a_time_each_get_their_own_answer) {
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

TEST_F(CurlConcurrencyTest, a_request_that_waits_for_a_free_connection_until_its_deadline_was_not_sent) {
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

TEST_F(CurlConcurrencyTest, cancelling_the_caller_drops_the_transfer_and_throws) {
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

TEST_F(CurlConcurrencyTest, a_caller_cancelled_before_it_begins_sends_nothing) {
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

TEST_F(CurlConcurrencyTest, a_client_that_goes_ends_its_requests_by_whether_they_were_sent) {
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
