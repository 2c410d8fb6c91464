#include "broker/token_vendor.h"

#include <boost/asio/post.hpp>

#include <utility>

namespace evergrant::broker {

async::Task<void> TokenVendors::withdraw(ConnectionKey key, storage::Generation generation) {
    async::Shard& home = home_of(key);
    auto end = [this, &home, key, generation] { return of(home).end_at_home(key, generation); };
    const std::function<async::Task<bool>()> work = end;
    co_await async::run_on<bool>(home, work);
}

async::Task<void> TokenVendors::removed(ConnectionKey key, storage::Generation generation) {
    const storage::Generation least = generation == 0 ? 0 : storage::generation_after(generation);
    co_await withdraw(key, least);
    if (generation != 0)
        news_.removed(key, generation);
}

async::Task<void> TokenVendors::replaced(ConnectionKey key, storage::Generation generation) {
    co_await withdraw(key, generation);
    news_.replaced(key, generation);
}

void TokenVendors::heard(const cache::News& news, const std::function<void(const ConnectionKey&)>& wake) {
    async::Shard& home = home_of(news.key);
    boost::asio::post(home.context(), [this, &home, news, wake] {
        of(home).hear_at_home(news);
        if (wake)
            wake(news.key);
    });
}

async::Task<Result<cache::SharedToken>> TokenVendors::renew(storage::DueConnection due) {
    async::Shard& home = home_of(due.key);
    auto ask = [this, &home, due] { return of(home).renew_at_home(due); };
    const std::function<async::Task<Result<cache::SharedToken>>()> work = ask;
    co_return co_await async::run_on<Result<cache::SharedToken>>(home, work);
}

}  // namespace evergrant::broker
