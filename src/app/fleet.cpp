#include "app/fleet.h"

#include "cache/redis_cache.h"
#include "cache/redis_news.h"
#include "net/redis_client.h"
#include "net/redis_options.h"
#include "storage/postgres/postgres_news.h"

#include <stdexcept>
#include <utility>

namespace evergrant::app {

namespace {

Result<std::shared_ptr<const net::RedisOptions>> redis_options(const RedisSettings& settings) {
    auto parsed = net::parse_redis_url(settings.url.reveal());
    if (!parsed)
        return std::unexpected(std::move(parsed).error());
    if (parsed->password.empty())
        parsed->password = settings.password.clone();
    parsed->ca_file = settings.ca_file.string();
    return std::make_shared<const net::RedisOptions>(std::move(*parsed));
}

std::unique_ptr<cache::NewsChannel> news_in_the_database(const DatabaseSettings& settings, async::Shard& shard) {
    storage::postgres::PostgresNewsOptions options;
    options.url = (settings.listen_url.empty() ? settings.url : settings.listen_url).reveal();
    options.connect_timeout = settings.timeout;
    options.answer_timeout = settings.timeout;
    return std::make_unique<storage::postgres::PostgresNews>(shard, std::move(options));
}

std::unexpected<StoreFailure> refuse(std::string_view setting, const std::string& problem) {
    return std::unexpected(
        StoreFailure{.problem = std::string(setting) + ": " + problem, .exit_code = ExitCode::configuration});
}

}  // namespace

StoreResult<std::unique_ptr<Fleet>> Fleet::join(const Configuration& configuration, const storage::KeyRing& ring,
                                                Surroundings around) {
    std::unique_ptr<Fleet> fleet(new Fleet);
    if (configuration.database.url.empty())
        return fleet;
    const bool with_redis = !configuration.redis.url.empty();
    try {
        if (!with_redis) {
            fleet->news_ = news_in_the_database(configuration.database, around.shards[0]);
            return fleet;
        }
        auto options = redis_options(configuration.redis);
        if (!options)
            return refuse("redis.url", options.error().message);
        for (std::size_t index = 0; index < around.shards.size(); ++index) {
            async::Shard& shard = around.shards[index];
            auto client = net::make_redis_client(shard, *options, around.metrics, "cache");
            fleet->caches_.push_back(std::make_unique<cache::RedisCache>(shard, std::move(client),
                                                                         ring.derive_all("shared cache"), around.clock,
                                                                         around.random, around.metrics));
        }
        fleet->news_ = std::make_unique<cache::RedisNews>(around.shards[0], *options, around.random, around.metrics);
    } catch (const std::runtime_error& error) {
        return refuse(with_redis ? "redis.ca_file" : "database.listen_url", error.what());
    }
    return fleet;
}

}  // namespace evergrant::app
