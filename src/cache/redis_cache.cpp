#include "cache/redis_cache.h"

#include "base/log.h"
#include "cache/shared_copy.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace evergrant::cache {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// ARGV: generation, box, milliseconds to keep.
constexpr std::string_view put_source = R"lua(
local kind, generation = string.match(redis.call('GET', KEYS[1]) or '', '^([cr]):(%d+)')
generation = tonumber(generation or 0)
if kind == 'c' and generation > tonumber(ARGV[1]) then return 0 end
if kind == 'r' and generation >= tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], 'c:' .. ARGV[1] .. ':' .. ARGV[2], 'PX', ARGV[3])
return 1)lua";

/// ARGV: generation, milliseconds to remember it. A full server deletes, even if it can remember nothing.
constexpr std::string_view remove_source = R"lua(
local kind, generation = string.match(redis.call('GET', KEYS[1]) or '', '^([cr]):(%d+)')
generation = tonumber(generation or 0)
local removed = tonumber(ARGV[1])
if removed == 0 then
    if kind ~= 'r' then redis.call('DEL', KEYS[1]) end
    return 1
end
if kind and generation > removed then return 0 end
redis.call('DEL', KEYS[1])
redis.pcall('SET', KEYS[1], 'r:' .. ARGV[1], 'PX', ARGV[2])
return 1)lua";

/// ARGV: what was found there and is of no use.
constexpr std::string_view discard_source = R"lua(
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0)lua";

/// ARGV: window in milliseconds, limit, wanted. The windows are those of Redis's clock, so all replicas have the same.
constexpr std::string_view take_source = R"lua(
if redis.replicate_commands then redis.replicate_commands() end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local window = tonumber(ARGV[1])
local number = math.floor(now / window)
local left = (number + 1) * window - now
local used = 0
local number_then, used_then = string.match(redis.call('GET', KEYS[1]) or '', '^(%d+):(%d+)$')
if tonumber(number_then) == number then used = tonumber(used_then) end
local granted = math.max(0, math.min(tonumber(ARGV[3]), tonumber(ARGV[2]) - used))
if granted > 0 then
    redis.call('SET', KEYS[1], string.format('%.0f:%.0f', number, used + granted), 'PX', left + 1000)
end
return {granted, left})lua";

std::string token_key(const ConnectionKey& connection) {
    return "evergrant:token:{" + blind_name(connection) + "}";
}

Counter& lookups(Metrics& metrics, const char* outcome) {
    return metrics.counter("evergrant_shared_cache_lookups_total", "Look-ups in the shared cache.",
                           {{"outcome", outcome}});
}

/// Says that there is no telling, unless how it went has been told: the caller may be cancelled.
class Asked {
public:
    explicit Asked(RedisHealth& health) noexcept : health_(health) {}
    ~Asked() {
        if (!told_)
            health_.unknown();
    }
    Asked(const Asked&) = delete;
    Asked& operator=(const Asked&) = delete;

    bool take(const Result<net::RedisReply>& reply) {
        told_ = true;
        return health_.take(reply, steady_clock::now());
    }

private:
    RedisHealth& health_;
    bool told_{false};
};

}  // namespace

RedisCache::RedisCache(async::Shard& shard, std::shared_ptr<net::RedisClient> redis, std::vector<crypto::AeadKey> keys,
                       const Clock& clock, crypto::Random& random, Metrics& metrics, RedisCacheLimits limits)
    : shard_(shard),
      redis_(std::move(redis)),
      keys_(std::move(keys)),
      clock_(clock),
      random_(random),
      limits_(limits),
      put_script_(put_source),
      remove_script_(remove_source),
      discard_script_(discard_source),
      take_script_(take_source),
      hits_(lookups(metrics, "hit")),
      misses_(lookups(metrics, "miss")),
      unavailable_(lookups(metrics, "unavailable")) {}

std::optional<SharedCopy> RedisCache::read(const std::string& value, const ConnectionKey& key) const {
    const std::string_view text(value);
    std::uint64_t generation = 0;
    if (!text.starts_with("c:"))
        return std::nullopt;
    const auto [end, problem] = std::from_chars(text.data() + 2, text.data() + text.size(), generation);
    const std::string_view rest = text.substr(static_cast<std::size_t>(end - text.data()));
    if (problem != std::errc() || !rest.starts_with(':'))
        return std::nullopt;
    auto copy = open_copy(keys_, rest.substr(1), key, generation);
    if (copy && copy->tokens.expires_at && *copy->tokens.expires_at <= clock_.now())
        return std::nullopt;
    return copy;
}

async::Task<std::optional<SharedCopy>> RedisCache::find(ConnectionKey key) {
    if (!reading_.ask(steady_clock::now())) {
        unavailable_.increment();
        co_return std::nullopt;
    }
    Asked asked(reading_);
    std::string name = token_key(key);
    net::RedisCommand command{.words = {"GET", name}, .key = name};
    const auto reply = co_await redis_->command(std::move(command), async::Deadline::after(limits_.patience));
    if (!asked.take(reply)) {
        unavailable_.increment();
        co_return std::nullopt;
    }
    auto copy = read(reply->text, key);
    (copy ? hits_ : misses_).increment();
    if (!copy && !reply->is_nil() && !reply->text.starts_with("r:"))
        write({.script = &discard_script_, .key = std::move(name), .arguments = {reply->text}});
    co_return copy;
}

std::optional<std::chrono::seconds> RedisCache::time_to_keep(const oauth::TokenSet& tokens) const {
    if (!tokens.expires_at)
        return copy_life;
    const std::chrono::seconds left = *tokens.expires_at - clock_.now_seconds() - limits_.margin;
    if (left < limits_.least_kept)
        return std::nullopt;
    return std::min(left, copy_life);
}

void RedisCache::put(SharedCopy copy) {
    if (!copy.tokens.refresh_token.empty())
        return log(LogLevel::error, "shared_copy_with_refresh_token", {{"provider", copy.provider.str()}});
    const auto keep = time_to_keep(copy.tokens);
    if (!keep)
        return;
    std::string box = seal_copy(keys_.front(), copy, random_);
    if (box.size() > limits_.max_box)
        return;
    net::RedisWords arguments{std::to_string(copy.generation), std::move(box),
                              std::to_string(milliseconds(*keep).count())};
    write({.script = &put_script_, .key = token_key(copy.key), .arguments = std::move(arguments)});
}

void RedisCache::remove(ConnectionKey key, std::uint64_t generation) {
    net::RedisWords arguments{std::to_string(generation), std::to_string(milliseconds(copy_life).count())};
    write({.script = &remove_script_, .key = token_key(key), .arguments = std::move(arguments), .always = true});
}

void RedisCache::write(Write write) {
    // What must go has room where what could be kept has none.
    const std::size_t most = write.always ? 2 * limits_.max_writes : limits_.max_writes;
    if (writes_ >= most)
        return;
    ++writes_;
    if (!shard_.spawn("shared-cache-write", [this, write = std::move(write)] { return carry_out(write); }))
        --writes_;
}

async::Task<void> RedisCache::carry_out(Write write) {
    struct UnderWay {
        std::size_t& count;
        ~UnderWay() { --count; }
    };
    const UnderWay under_way{writes_};
    RedisHealth& health = write.always ? removing_ : writing_;
    if (!health.ask(steady_clock::now()) && !write.always)
        co_return;
    Asked asked(health);
    const auto deadline = async::Deadline::after(limits_.write_patience);
    auto reply = co_await write.script->run(redis_.get(), std::move(write.key), std::move(write.arguments), deadline);
    asked.take(reply);
}

async::Task<std::optional<SharedCache::Count>> RedisCache::take(std::string name, std::chrono::seconds window,
                                                                std::uint64_t limit, std::uint64_t wanted) {
    if (window.count() <= 0 || !counting_.ask(steady_clock::now()))
        co_return std::nullopt;
    Asked asked(counting_);
    std::string key = "evergrant:budget:{" + blind_name(name) + "}:" + std::to_string(window.count());
    net::RedisWords arguments{std::to_string(milliseconds(window).count()), std::to_string(limit),
                              std::to_string(wanted)};
    const auto deadline = async::Deadline::after(limits_.patience);
    const auto reply = co_await take_script_.run(redis_.get(), std::move(key), std::move(arguments), deadline);
    if (!asked.take(reply) || reply->items.size() != 2)
        co_return std::nullopt;
    const std::int64_t granted = reply->items[0].integer;
    const std::int64_t left = reply->items[1].integer;
    const milliseconds whole(window);
    // What cannot be is a lie, and as good as no answer.
    if (granted < 0 || static_cast<std::uint64_t>(granted) > std::min(wanted, limit) || left < 0 ||
        left > whole.count())
        co_return std::nullopt;
    co_return Count{.granted = static_cast<std::uint64_t>(granted), .window_left = milliseconds(left)};
}

}  // namespace evergrant::cache
