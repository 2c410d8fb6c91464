#include "cache/redis_news.h"

#include "async/shard.h"
#include "async/sleep.h"
#include "base/log.h"
#include "net/redis_client.h"
#include "net/redis_subscription.h"

#include <boost/asio/post.hpp>

#include <atomic>
#include <chrono>
#include <deque>
#include <mutex>
#include <string>
#include <utility>

namespace evergrant::cache {

namespace {

constexpr const char* channel_name = "evergrant:news";
constexpr std::string_view gap_line = "gap";
constexpr std::size_t most_waiting = 10'000;
constexpr std::size_t most_in_a_message = 500;
constexpr auto patience = std::chrono::seconds(1);
constexpr auto pause = std::chrono::milliseconds(200);  // until the next try while Redis is away

/// Takes the first line off `text`.
std::string_view take_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return line;
}

}  // namespace

/// Shared with what is under way.
class RedisNews::Channel : public std::enable_shared_from_this<Channel> {
public:
    Channel(async::Shard& shard, std::shared_ptr<const net::RedisOptions> options, crypto::Random& random,
            Metrics& metrics)
        : shard_(shard),
          dialer_(std::make_shared<net::RedisDialer>(options)),
          redis_(net::make_redis_client(shard, options, metrics, "news")),
          name_(random.token()) {}

    void listen(Listener listener);
    void publish(News news);
    void stop() {
        subscription_.reset();
        redis_.reset();
    }
    [[nodiscard]] bool live() const noexcept { return live_.load(std::memory_order_acquire); }

private:
    void hear(std::string_view message);
    static async::Task<void> tell(std::shared_ptr<Channel> self);
    [[nodiscard]] std::string next_message();

    async::Shard& shard_;
    std::shared_ptr<net::RedisDialer> dialer_;
    std::shared_ptr<net::RedisClient> redis_;
    std::string name_;  // by which its own messages are known
    Listener listener_;
    std::unique_ptr<net::RedisSubscription> subscription_;
    std::atomic<bool> live_{false};

    std::mutex mutex_;  // of what follows
    std::deque<News> waiting_;
    bool dropped_{false};
    bool telling_{false};
};

void RedisNews::Channel::listen(Listener listener) {
    listener_ = std::move(listener);
    const std::weak_ptr<Channel> weak = weak_from_this();
    net::RedisSubscription::Use use;
    use.name = "news";
    use.channel = channel_name;
    use.on_subscribed = [weak] {
        if (const auto self = weak.lock()) {
            self->listener_(std::nullopt);
            self->live_ = true;
        }
    };
    use.on_lost = [weak] {
        if (const auto self = weak.lock())
            self->live_ = false;
    };
    use.on_message = [weak](const std::string& message) {
        if (const auto self = weak.lock())
            self->hear(message);
    };
    subscription_ = std::make_unique<net::RedisSubscription>(shard_, dialer_, std::move(use));
}

void RedisNews::Channel::hear(std::string_view message) {
    if (take_line(message) == name_)
        return;
    while (!message.empty()) {
        const std::string_view line = take_line(message);
        const auto news = parse_news(line);
        // Of a later version of ours, perhaps: then anything may have been said.
        if (!news && line != gap_line)
            log(LogLevel::debug, "news_not_understood");
        listener_(news);
    }
}

void RedisNews::Channel::publish(News news) {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= most_waiting) {
        waiting_.clear();
        dropped_ = true;
    }
    waiting_.push_back(std::move(news));
    if (std::exchange(telling_, true))
        return;
    boost::asio::post(shard_.executor(), [self = shared_from_this()] {
        self->shard_.spawn("news-tell", [self] { return tell(self); }, async::AtDrain::stop);
    });
}

std::string RedisNews::Channel::next_message() {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty() && !dropped_) {
        telling_ = false;
        return {};
    }
    std::string message = name_;
    if (std::exchange(dropped_, false))
        message.append("\n").append(gap_line);
    for (std::size_t count = 0; count < most_in_a_message && !waiting_.empty(); ++count) {
        message.append("\n").append(to_text(waiting_.front()));
        waiting_.pop_front();
    }
    return message;
}

async::Task<void> RedisNews::Channel::tell(std::shared_ptr<Channel> self) {
    for (std::string message = self->next_message(); !message.empty(); message = self->next_message()) {
        for (;;) {
            const auto redis = self->redis_;
            if (!redis)
                co_return;
            net::RedisCommand command{.words = {"PUBLISH", channel_name, message}, .key = {}};
            const auto reply = co_await redis->command(std::move(command), async::Deadline::after(patience));
            if (reply && !reply->is_error())
                break;
            co_await async::sleep_for(pause);
        }
    }
}

RedisNews::RedisNews(async::Shard& shard, std::shared_ptr<const net::RedisOptions> options, crypto::Random& random,
                     Metrics& metrics)
    : channel_(std::make_shared<Channel>(shard, std::move(options), random, metrics)) {}

RedisNews::~RedisNews() {
    channel_->stop();
}

void RedisNews::start(Listener listener) {
    channel_->listen(std::move(listener));
}

void RedisNews::publish(News news) {
    channel_->publish(std::move(news));
}

bool RedisNews::live() const noexcept {
    return channel_->live();
}

}  // namespace evergrant::cache
