#pragma once
//
// CurlStreams: outgoing streams over libcurl. One for each shard, with connections of its own: what is proxied takes
// none from those who refresh. Code that streams takes a StreamClient (stream_client.h).
//
#include "net/curl_client.h"
#include "net/stream_client.h"

#include <boost/asio/io_context.hpp>

#include <memory>

namespace evergrant::net {

/// Thread and lifetime as of CurlClient.
class CurlStreams final : public StreamClient {
public:
    CurlStreams(boost::asio::io_context& context, CurlOptions options);
    ~CurlStreams() override;
    CurlStreams(const CurlStreams&) = delete;
    CurlStreams& operator=(const CurlStreams&) = delete;

    [[nodiscard]] Result<std::unique_ptr<HttpStream>> open(StreamRequest request) override;

private:
    std::shared_ptr<const CurlOptions> options_;
    std::shared_ptr<class CurlMulti> multi_;
};

}  // namespace evergrant::net
