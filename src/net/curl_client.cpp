#include "net/curl_client.h"

#include "net/curl_multi.h"
#include "net/curl_transfer.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <utility>

namespace evergrant::net {

namespace {

async::Task<Result<ClientAnswer>> exchange(std::shared_ptr<CurlMulti> multi, std::shared_ptr<const CurlOptions> options,
                                           ClientRequest request, async::Deadline deadline) {
    const auto executor = co_await boost::asio::this_coro::executor;
    CurlTransfer transfer(executor, std::move(options), std::move(request), deadline);
    auto prepared = transfer.prepare();
    if (!prepared)
        co_return std::unexpected(std::move(prepared).error());
    if (deadline.passed()) {
        transfer.end(TransferFailure::Cause::deadline);
        co_return transfer.take_outcome();
    }

    const CurlMulti::Membership membership(std::move(multi), transfer);
    constexpr auto no_throw = boost::asio::as_tuple(boost::asio::use_awaitable);
    if (!transfer.ended()) {
        const auto [woken] = co_await transfer.wake().async_wait(no_throw);
        if (!transfer.ended() && woken)
            throw boost::system::system_error(boost::asio::error::operation_aborted);
    }
    if (!transfer.ended())
        transfer.end(TransferFailure::Cause::deadline);
    co_return transfer.take_outcome();
}

}  // namespace

CurlClient::CurlClient(boost::asio::io_context& context, CurlOptions options)
    : options_(std::make_shared<const CurlOptions>(std::move(options))),
      multi_(std::make_shared<CurlMulti>(context.get_executor(), options_->max_connections, options_->max_per_host)) {}

CurlClient::~CurlClient() {
    multi_->close();
}

async::Task<Result<ClientAnswer>> CurlClient::send(ClientRequest request, async::Deadline deadline) {
    return exchange(multi_, options_, std::move(request), deadline);
}

}  // namespace evergrant::net
