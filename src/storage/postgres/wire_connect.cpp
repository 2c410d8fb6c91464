#include "storage/postgres/wire_connect.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace evergrant::storage::postgres {

namespace {

using boost::asio::ip::tcp;

/// A look-up of which the answer may come after its asker has left: the resolver cannot be interrupted.
struct LookUp {
    explicit LookUp(boost::asio::io_context& context) : resolver(context), arrival(context) {}
    tcp::resolver resolver;
    boost::asio::steady_timer arrival;
    std::vector<std::string> addresses;
};

/// An equal share of the time left for each of those still to be tried.
async::Deadline share_of(async::Deadline deadline, std::size_t still_to_try) {
    return async::Deadline::after(deadline.left() / static_cast<int>(still_to_try));
}

}  // namespace

async::Task<WireAttempt> WireConnector::connect() {
    const async::Deadline deadline = async::Deadline::after(settings_.connect_timeout());
    const std::size_t count = settings_.hosts().size();
    WireAttempt attempt;
    for (std::size_t tried = 0; tried < count && !stopped_; ++tried) {
        const std::size_t index = (first_ + tried) % count;
        const bool connected = co_await try_host(index, share_of(deadline, count - tried), &attempt);
        if (connected) {
            first_ = index;
            break;
        }
    }
    co_return std::move(attempt);
}

void WireConnector::stop() noexcept {
    stopped_ = true;
    if (opening_ != nullptr)
        opening_->drop();
}

async::Task<bool> WireConnector::try_host(std::size_t index, async::Deadline deadline, WireAttempt* attempt) {
    const WireHost& host = settings_.hosts()[index];
    std::vector<std::string> addresses = co_await addresses_of(&host, deadline);
    std::string trouble = "no address for this name";
    for (std::size_t tried = 0; tried < addresses.size() && !stopped_; ++tried) {
        attempt->connection = std::make_unique<WireConnection>(context_);
        opening_ = attempt->connection.get();
        WireParameters parameters = settings_.parameters(host, addresses[tried]);
        const async::Deadline until = share_of(deadline, addresses.size() - tried);
        std::optional<std::string> failed = co_await attempt->connection->open(std::move(parameters), until);
        opening_ = nullptr;
        if (!failed) {
            attempt->host = settings_.describe(host);
            co_return true;
        }
        attempt->connection.reset();
        trouble = settings_.presentable(std::move(*failed));
    }
    if (!attempt->trouble.empty())
        attempt->trouble.append("; ");
    attempt->trouble.append(settings_.describe(host)).append(": ").append(trouble);
    co_return false;
}

async::Task<std::vector<std::string>> WireConnector::addresses_of(const WireHost* host, async::Deadline deadline) {
    std::vector<std::string> addresses;
    if (!host->needs_resolving()) {
        addresses.push_back(host->address);
        co_return addresses;
    }
    const auto look_up = std::make_shared<LookUp>(context_);
    look_up->arrival.expires_at(deadline.at());
    look_up->resolver.async_resolve(host->name, "", [look_up](auto failed, const tcp::resolver::results_type& found) {
        if (!failed) {
            for (const auto& one : found)
                look_up->addresses.push_back(one.endpoint().address().to_string());
        }
        look_up->arrival.cancel();
    });
    constexpr auto no_throw = boost::asio::as_tuple(boost::asio::use_awaitable);
    co_await look_up->arrival.async_wait(no_throw);
    co_return look_up->addresses;
}

}  // namespace evergrant::storage::postgres
