#include "net/redis_line.h"

#include "async/one_shot.h"

#include <boost/asio/this_coro.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace evergrant::net {

async::Task<Result<RedisReply>> RedisLine::ask(RedisWords words) {
    const auto executor = co_await boost::asio::this_coro::executor;
    const async::OneShot<bool> written(executor);
    // The write may outlive a caller that is cancelled.
    const auto bytes = std::make_shared<SecretString>(encode_redis_command(words));
    stream_->write(bytes->reveal(),
                   [self = shared_from_this(), written, bytes](bool succeeded) { written.send(succeeded); });
    const bool succeeded = co_await written.receive();
    if (!succeeded)
        co_return failure(Errc::provider_error, "The connection to Redis has ended.");
    co_return co_await next();
}

async::Task<Result<RedisReply>> RedisLine::next() {
    for (;;) {
        auto reply = reader_.next();
        if (!reply)
            co_return std::unexpected(std::move(reply).error());
        if (reply->has_value())
            co_return std::move(**reply);
        const auto size = co_await stream_->read_some(part_);
        if (!size)
            co_return std::unexpected(size.error());
        ++reads_;
        reader_.feed(std::string_view(part_.data(), *size));
    }
}

}  // namespace evergrant::net
