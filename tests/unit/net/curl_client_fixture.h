#pragma once
//
// What the tests of CurlClient share: a client that may call loopback, and requests to send with it.
//
#include "net/curl_client.h"

#include "run_task.h"
#include "scripted_server.h"

#include <gmock/gmock.h>

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <string>
#include <utility>

namespace evergrant::net {

using async::Deadline;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ScriptedServer;
using Peer = ScriptedServer::Peer;

inline CurlOptions dev_options() {
    CurlOptions options;
    options.egress = EgressGuard(EgressPolicy{.allow_loopback_http = true});
    return options;
}

inline ClientRequest get(std::string url) {
    ClientRequest request;
    request.method = "GET";
    request.url = std::move(url);
    return request;
}

inline ClientRequest post(std::string url, std::string body = "refresh_token=s3cret") {
    ClientRequest request;
    request.url = std::move(url);
    request.body = SecretString(std::move(body));
    return request;
}

inline Deadline patient() {
    return Deadline::after(seconds(20));
}

inline Deadline short_time() {
    return Deadline::after(milliseconds(80));
}

inline void answer_everything(Peer& peer) {
    while (!peer.read_request().empty())
        peer.answer("fine");
}

template <class Case>
std::string name_of_case(const ::testing::TestParamInfo<Case>& which) {
    return std::string(which.param.name);
}

class CurlClientTest : public ::testing::Test {
protected:
    Result<ClientAnswer> send(HttpClient& client, ClientRequest request, Deadline deadline = patient()) {
        return evergrant::testing::run_task(context_, client.send(std::move(request), deadline));
    }

    boost::asio::io_context context_{1};
    CurlClient client_{context_, dev_options()};
};

}  // namespace evergrant::net
