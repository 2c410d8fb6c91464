#include "net/redis_cluster.h"

#include "base/log.h"
#include "net/redis_connection.h"
#include "net/redis_slots.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>
#include <vector>

namespace evergrant::net {

namespace {

constexpr auto no_throw = boost::asio::as_tuple(boost::asio::use_awaitable);

// An unasked look at the map finds a node whose disappearance nobody has told us of.
constexpr auto map_lasts = std::chrono::seconds(30);
constexpr auto least_pause = std::chrono::milliseconds(100);  // between two looks
constexpr int most_redirections = 5;

}  // namespace

/// The map and the connections. Outlives the cluster while something is under way.
class RedisCluster::Nodes : public std::enable_shared_from_this<Nodes> {
public:
    using Node = std::shared_ptr<RedisConnection>;

    Nodes(async::Shard& shard, std::shared_ptr<RedisDialer> dialer, Histogram& durations, Gauge& up)
        : shard_(shard), dialer_(std::move(dialer)), durations_(durations), up_(up), look_(shard.context()) {}

    static async::Task<Result<RedisReply>> command(std::shared_ptr<Nodes> self, RedisCommand command,
                                                   async::Deadline deadline);
    static async::Task<bool> wait(std::shared_ptr<Nodes> self, async::Deadline deadline);

    /// Keeps the map, until `stop`.
    static async::Task<void> keep_map(std::shared_ptr<Nodes> self);

    void stop() {
        stopped_ = true;
        look_.cancel();
        nodes_.clear();
    }

private:
    static async::Task<bool> read_map(std::shared_ptr<Nodes> self);

    /// The map has turned out to be old.
    void look_soon() {
        if (!std::exchange(look_wanted_, true))
            look_.cancel();
    }

    void install(std::vector<RedisSlotRange> ranges);
    Node node_at(const RedisEndpoint& endpoint);
    [[nodiscard]] std::optional<RedisEndpoint> owner_of(const RedisCommand& command) const;

    void tell_whether_up() {
        const bool all = std::ranges::all_of(nodes_, [](const auto& entry) { return entry.second->up(); });
        up_.set(all && !ranges_.empty() && !stopped_ ? 1 : 0);
        for (const auto& waiter : std::exchange(waiters_, {}))
            waiter->cancel();
    }

    async::Shard& shard_;
    std::shared_ptr<RedisDialer> dialer_;
    Histogram& durations_;
    Gauge& up_;
    boost::asio::steady_timer look_;
    bool look_wanted_{false};
    bool stopped_{false};
    bool said_away_{false};
    std::vector<RedisSlotRange> ranges_;
    std::map<std::string, Node> nodes_;  // by `host:port`
    std::vector<std::shared_ptr<boost::asio::steady_timer>> waiters_;
};

RedisCluster::RedisCluster(async::Shard& shard, std::shared_ptr<RedisDialer> dialer, Histogram& durations, Gauge& up)
    : nodes_(std::make_shared<Nodes>(shard, std::move(dialer), durations, up)) {
    shard.spawn("redis-cluster-map", [nodes = nodes_] { return Nodes::keep_map(nodes); }, async::AtDrain::stop);
}

RedisCluster::~RedisCluster() {
    nodes_->stop();
}

async::Task<Result<RedisReply>> RedisCluster::command(RedisCommand command, async::Deadline deadline) {
    return Nodes::command(nodes_, std::move(command), deadline);
}

async::Task<bool> RedisCluster::wait_until_up(async::Deadline deadline) {
    return Nodes::wait(nodes_, deadline);
}

std::optional<RedisEndpoint> RedisCluster::Nodes::owner_of(const RedisCommand& command) const {
    if (command.key.empty()) {
        for (const RedisSlotRange& range : ranges_)
            if (const auto node = nodes_.find(range.master.text()); node != nodes_.end() && node->second->up())
                return range.master;
        return std::nullopt;
    }
    const std::uint16_t slot = redis_slot(command.key);
    for (const RedisSlotRange& range : ranges_)
        if (range.first <= slot && slot <= range.last)
            return range.master;
    return std::nullopt;
}

RedisCluster::Nodes::Node RedisCluster::Nodes::node_at(const RedisEndpoint& endpoint) {
    Node& node = nodes_[endpoint.text()];
    if (!node) {
        const std::weak_ptr<Nodes> weak = weak_from_this();
        RedisConnection::Use use{.name = "node " + endpoint.text(),
                                 .endpoint = endpoint,
                                 .durations = &durations_,
                                 .on_change = [weak](bool) {
                                     if (const auto self = weak.lock())
                                         self->tell_whether_up();
                                 }};
        node = std::make_shared<RedisConnection>(shard_, dialer_, std::move(use));
    }
    return node;
}

async::Task<Result<RedisReply>> RedisCluster::Nodes::command(std::shared_ptr<Nodes> self, RedisCommand command,
                                                             async::Deadline deadline) {
    const auto owner = self->owner_of(command);
    if (!owner || self->stopped_)
        co_return failure(Errc::store_unavailable, "No node of the Redis cluster is known to have the key.");
    RedisEndpoint where = *owner;
    bool asking = false;
    for (int redirections = 0;; ++redirections) {
        const Node node = self->node_at(where);
        RedisCommand copy = command;
        // A node that a redirection made known is waited for; one of the map that is away is not.
        if (redirections > 0)
            co_await node->wait_until_up(deadline);
        auto sent = asking ? node->command_asking(std::move(copy), deadline) : node->command(std::move(copy), deadline);
        auto reply = co_await std::move(sent);
        if (!reply || reply->is_error("CLUSTERDOWN"))
            self->look_soon();
        if (!reply || !reply->is_error())
            co_return reply;
        asking = reply->is_error("ASK");
        if (reply->is_error("MOVED"))
            self->look_soon();
        else if (!asking)
            co_return reply;
        const auto target = read_redis_redirect(reply->text, where);
        if (!target || redirections == most_redirections || self->stopped_)
            co_return reply;
        where = *target;
    }
}

async::Task<bool> RedisCluster::Nodes::wait(std::shared_ptr<Nodes> self, async::Deadline deadline) {
    const auto executor = co_await boost::asio::this_coro::executor;
    while (self->up_.value() == 0 && !deadline.passed()) {
        const auto changed = std::make_shared<boost::asio::steady_timer>(executor, deadline.at());
        self->waiters_.push_back(changed);
        co_await changed->async_wait(no_throw);
        std::erase(self->waiters_, changed);
        const auto cancellation = co_await boost::asio::this_coro::cancellation_state;
        if (cancellation.cancelled() != boost::asio::cancellation_type::none)
            throw boost::system::system_error(boost::asio::error::operation_aborted);
    }
    co_return self->up_.value() != 0;
}

void RedisCluster::Nodes::install(std::vector<RedisSlotRange> ranges) {
    ranges_ = std::move(ranges);
    const auto is_named = [this](const auto& entry) {
        return std::ranges::any_of(ranges_, [&](const auto& range) { return range.master.text() == entry.first; });
    };
    // Dropped nodes go at the end: what they tell must not meet a map in the making.
    std::vector<Node> dropped;
    for (auto entry = nodes_.begin(); entry != nodes_.end();) {
        if (is_named(*entry)) {
            ++entry;
            continue;
        }
        dropped.push_back(std::move(entry->second));
        entry = nodes_.erase(entry);
    }
    for (const RedisSlotRange& range : ranges_)
        node_at(range.master);
    tell_whether_up();
}

async::Task<bool> RedisCluster::Nodes::read_map(std::shared_ptr<Nodes> self) {
    // The masters that are known, then the nodes that the options name: either may have moved.
    std::vector<RedisEndpoint> sources;
    for (const RedisSlotRange& range : self->ranges_)
        if (std::ranges::find(sources, range.master) == sources.end())
            sources.push_back(range.master);
    const auto& named = self->dialer_->options().endpoints;
    sources.insert(sources.end(), named.begin(), named.end());
    const auto patience = self->dialer_->options().connect_timeout;
    std::string why;
    for (const RedisEndpoint& source : sources) {
        const auto line = co_await self->dialer_->open_at(source);
        if (!line) {
            why = line.error().detail;
            continue;
        }
        RedisWords words{"CLUSTER", "SLOTS"};
        const auto deadline = async::Deadline::after(patience);
        const auto reply = co_await async::within(deadline, (*line)->ask(std::move(words)));
        auto ranges = reply ? read_redis_slots(*reply, source) : std::nullopt;
        if (ranges && !self->stopped_) {
            self->install(std::move(*ranges));
            self->said_away_ = false;
            co_return true;
        }
        why = source.text() + " does not tell the cluster's slots";
    }
    if (!std::exchange(self->said_away_, true))
        log(LogLevel::warning, "redis_cluster_unknown", {{"error", why}});
    co_return false;
}

async::Task<void> RedisCluster::Nodes::keep_map(std::shared_ptr<Nodes> self) {
    const auto& backoff = self->dialer_->options().backoff;
    unsigned attempt = 0;
    while (!self->stopped_) {
        self->look_wanted_ = false;
        const bool known = co_await read_map(self);
        attempt = known ? 0 : attempt + 1;
        if (self->stopped_)
            break;
        const auto pause = known ? least_pause : std::max(least_pause, backoff.pause(attempt, 0.5));
        co_await async::sleep_for(pause);
        if (!known || self->look_wanted_ || self->stopped_)
            continue;
        self->look_.expires_after(map_lasts);
        co_await self->look_.async_wait(no_throw);
    }
}

}  // namespace evergrant::net
