#include "app/server.h"

#include "api/api_handler.h"
#include "app/alert_options.h"
#include "app/catalog_loading.h"
#include "app/connector_shards.h"
#include "app/exit_code.h"
#include "app/fleet.h"
#include "app/handler_slot.h"
#include "app/jwt_keys.h"
#include "app/open_store.h"
#include "app/seeds.h"
#include "async/blocking_pool.h"
#include "base/log.h"
#include "broker/broker.h"
#include "health/alerts.h"
#include "health/health.h"
#include "net/curl_client.h"
#include "net/http_server.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <atomic>
#include <future>
#include <optional>
#include <thread>
#include <utility>

namespace evergrant::app {

namespace {

constexpr std::size_t disk_threads = 2;
constexpr std::chrono::seconds patience_with_the_database{30};
constexpr std::chrono::seconds time_to_answer_when_stopping{5};

std::unexpected<StartFailure> refuse(ExitCode code, std::string problem) {
    return std::unexpected(StartFailure{.problems = {std::move(problem)}, .exit_code = code});
}

std::unexpected<StartFailure> refuse(StoreFailure failure) {
    return refuse(failure.exit_code, std::move(failure.problem));
}

std::size_t thread_count(const Configuration& configuration) {
    if (configuration.threads != 0)
        return configuration.threads;
    return std::max(1U, std::thread::hardware_concurrency());
}

net::EgressPolicy egress_policy(const Configuration& configuration) {
    net::EgressPolicy policy;
    policy.allow_loopback_http = configuration.dev;
    policy.private_targets = configuration.egress.allow;
    return policy;
}

net::CurlOptions client_options(const Configuration& configuration) {
    net::CurlOptions options;
    options.egress = net::EgressGuard(egress_policy(configuration));
    options.proxy = configuration.egress.proxy.clone();
    options.no_proxy = configuration.egress.no_proxy;
    options.proxy_may_be_private = true;
    options.ca_file = configuration.egress.ca_file.string();
    options.client_certificate = configuration.tls_client.certificate.string();
    options.client_key = configuration.tls_client.key.string();
    return options;
}

net::ServerOptions listener_options(const Configuration& configuration, const ListenAddress& address) {
    net::ServerOptions options;
    options.host = address.host;
    options.unix_path = address.unix_path;
    options.port = address.port;
    options.requests_in_flight_limit = configuration.limits.requests_in_flight;
    options.trusted_proxies = configuration.trusted_proxies;
    return options;
}

broker::RateLimit limit_of(unsigned per_second) {
    return {.per_second = static_cast<double>(per_second), .burst = static_cast<double>(per_second) * 2};
}

broker::BrokerOptions broker_options(const Configuration& configuration, const ProviderEnvironment& environment,
                                     const std::string& base_url) {
    broker::BrokerOptions options;
    options.refresh_policy.margin = configuration.refresh.margin;
    options.refresh_policy.probe_every = std::chrono::minutes(configuration.health.check_minutes);
    options.refresh_times.provider_timeout = configuration.refresh.provider_timeout;
    options.refresh_times.lease = configuration.refresh.lease;
    options.scheduler.refresh_ahead = configuration.refresh.ahead;
    options.scheduler.refreshes_at_once = configuration.refresh.concurrency;
    if (!configuration.database.url.empty())
        options.trust = broker::TrustTimes{.with_news = configuration.fleet.trust_with_news,
                                           .without_news = configuration.fleet.trust};
    options.redirects.base_url = base_url;
    options.redirects.frontend_url = configuration.frontend_url.empty() ? base_url : configuration.frontend_url;
    options.redirects.allowed_origins = configuration.oauth.redirect_origins;
    options.redirects.mode = configuration.oauth.redirect_uri;
    options.client_certificate = !configuration.tls_client.certificate.empty();
    options.confirm_unbound = configuration.oauth.confirm_unbound;
    options.audit.required = configuration.audit.required;
    options.audit.keep = std::chrono::days(configuration.audit.keep_days);
    options.audit.window = configuration.audit.window;
    options.audit.tenants_in_metrics = configuration.metrics_tenants;
    options.limit_per_key = limit_of(configuration.limits.key_requests_per_second);
    for (const auto& [id, client] : environment.clients)
        options.environment_clients.emplace(
            id, broker::EnvironmentClient{client.registration.clone(), client.redirect_uri, client.params});
    for (const auto& [id, set] : environment.endpoints) {
        catalog::Endpoints& endpoints = options.endpoint_overrides[id];
        endpoints.authorization_url = set.authorization_url;
        endpoints.token_url = set.token_url;
    }
    return options;
}

}  // namespace

/// In the order in which they are built; destroyed in the other.
struct Server::Parts {
    explicit Parts(const Configuration& chosen) : configuration(chosen), shards(thread_count(chosen)) {}
    Parts(const Parts&) = delete;
    Parts& operator=(const Parts&) = delete;
    /// Whatever ended the start, an exception too: no thread runs on parts that go.
    ~Parts() { shards.stop(async::Deadline::after(time_to_answer_when_stopping)); }

    const Configuration& configuration;
    SystemClock clock;
    crypto::SystemRandom random;
    Metrics metrics;
    catalog::Catalog catalog;
    ProviderEnvironment environment;
    async::Shards shards;
    std::unique_ptr<storage::Store> store;
    std::optional<OpenJournal> journal;
    std::unique_ptr<Fleet> fleet;
    async::BlockingPool disk{disk_threads};
    std::unique_ptr<CallersJwtKeys> jwt;
    std::optional<storage::KeyRing> ring;
    std::unique_ptr<broker::RenewalLinks> renewal_links;
    std::atomic<bool> draining{false};
    std::vector<std::unique_ptr<HandlerSlot>> slots;
    std::vector<std::unique_ptr<net::HttpServer>> listeners;
    std::unique_ptr<broker::Broker> broker;
    std::unique_ptr<health::Health> health;
    std::unique_ptr<health::Alerts> alerts;
    std::optional<api::ApiContext> context;
    std::optional<ConnectorShards> connectors;
    std::vector<std::unique_ptr<net::RequestHandler>> handlers;
    std::string url;

    std::expected<void, StartFailure> open_store();
    std::expected<void, StartFailure> listen();
    std::expected<void, StartFailure> bring_up();
    std::unique_ptr<net::HttpClient> make_client(async::Shard& shard) const;
    std::expected<void, StartFailure> fetch_jwt_keys();
    void make_broker();
    void make_alerts(health::AlertLinks links);
    void make_handlers();
    template <class T>
    Result<T> run(async::Task<Result<T>> task);
};

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Server::~Server() {
    stop();
}

std::expected<void, StartFailure> Server::Parts::open_store() {
    auto keys = master_keys(configuration);
    if (!keys)
        return refuse(std::move(keys.error()));
    ring = std::move(*keys);
    std::vector<boost::asio::io_context*> contexts;
    for (std::size_t index = 0; index < shards.size(); ++index)
        contexts.push_back(&shards[index].context());
    auto opened = app::open_store(configuration, *ring, random, clock, contexts, patience_with_the_database, &metrics);
    if (!opened)
        return refuse(std::move(opened.error()));
    store = std::move(*opened);
    auto journalled = open_journal(configuration, *ring, random);
    if (!journalled)
        return refuse(std::move(journalled.error()));
    journal.emplace(std::move(*journalled));
    auto joined = Fleet::join(configuration, *ring, {shards, clock, random, metrics});
    if (!joined)
        return refuse(std::move(joined.error()));
    fleet = std::move(*joined);
    return {};
}

std::expected<void, StartFailure> Server::Parts::listen() {
    net::ServerOptions options = listener_options(configuration, configuration.listen);
    try {
        for (std::size_t index = 0; index < shards.size(); ++index) {
            slots.push_back(std::make_unique<HandlerSlot>());
            if (index > 0 && !options.unix_path.empty())
                listeners.push_back(
                    std::make_unique<net::HttpServer>(shards[index], *slots.back(), options, *listeners.front()));
            else
                listeners.push_back(std::make_unique<net::HttpServer>(shards[index], *slots.back(), options));
            options.port = listeners.front()->port();
            options.joins = true;
        }
        if (!configuration.metrics_listen.to_string().empty()) {
            slots.push_back(std::make_unique<HandlerSlot>());
            listeners.push_back(std::make_unique<net::HttpServer>(
                shards[0], *slots.back(), listener_options(configuration, configuration.metrics_listen)));
        }
    } catch (const boost::system::system_error& error) {
        return refuse(ExitCode::failed, "cannot listen on " + configuration.listen.to_string() + ": " +
                                            error.code().message() + "; choose another address with --listen");
    }
    ListenAddress bound = configuration.listen;
    bound.port = listeners.front()->port();
    url = bound.unix_path.empty() ? "http://" + bound.to_string() : bound.to_string();
    return {};
}

std::unique_ptr<net::HttpClient> Server::Parts::make_client(async::Shard& shard) const {
    return std::make_unique<net::CurlClient>(shard.context(), client_options(configuration));
}

void Server::Parts::make_broker() {
    const std::string base_url = public_url(configuration, listeners.front()->port());
    renewal_links = std::make_unique<broker::RenewalLinks>(ring->derive_all(broker::RenewalLinks::purpose), base_url);
    broker::Foundations foundations{.shards = shards,
                                    .store = *store,
                                    .journal = *journal->journal,
                                    .disk = disk,
                                    .catalog = catalog,
                                    .clock = clock,
                                    .random = random,
                                    .metrics = metrics,
                                    .jwt = jwt.get(),
                                    .make_http_client = [this](async::Shard& shard) { return make_client(shard); },
                                    .render_token = api::render_token,
                                    .news = fleet->news(),
                                    .shared_cache = [this](async::Shard& shard) { return fleet->shared_cache(shard); },
                                    .master_keys = ring->ids(),
                                    .renewal_links = renewal_links.get()};
    broker::BrokerOptions options = broker_options(configuration, environment, base_url);
    health::AlertLinks links{.places = options.redirects, .renewals = renewal_links.get()};
    broker = std::make_unique<broker::Broker>(std::move(foundations), std::move(options));
    make_alerts(std::move(links));
    const health::HealthOptions health_options{.probe_every = std::chrono::minutes(configuration.health.check_minutes),
                                               .provider_timeout = configuration.refresh.provider_timeout,
                                               .monitor = {}};
    const health::Foundations health_foundations{.shards = shards,
                                                 .broker = *broker,
                                                 .store = *store,
                                                 .catalog = catalog,
                                                 .clock = clock,
                                                 .random = random,
                                                 .metrics = metrics};
    health = std::make_unique<health::Health>(health_foundations, health_options);
    context.emplace(api::ApiContext{.catalog = catalog,
                                    .clock = clock,
                                    .store = *store,
                                    .metrics = metrics,
                                    .rescue = broker->rescue(),
                                    .health = *health,
                                    .news = fleet->news(),
                                    .secure_cookies = base_url.starts_with("https://"),
                                    .draining = [this] { return draining.load(); },
                                    .alerts = alerts.get(),
                                    .audit_calls = configuration.audit.calls});
}

void Server::Parts::make_alerts(health::AlertLinks links) {
    health::Alerts::Foundations foundations{.shard = shards[0],
                                            .store = *store,
                                            .clock = clock,
                                            .random = random,
                                            .metrics = metrics,
                                            .http = make_client(shards[0]),
                                            .disk = disk,
                                            .take_vends = [this] { return broker->take_vends(); }};
    alerts = std::make_unique<health::Alerts>(
        std::move(foundations), alert_options(configuration, std::move(links), egress_policy(configuration)));
}

void Server::Parts::make_handlers() {
    broker::RateLimit share = limit_of(configuration.limits.address_requests_per_second);
    share.per_second /= static_cast<double>(shards.size());
    connectors.emplace(
        ConnectorShards::Parts{.shards = shards,
                               .broker = *broker,
                               .catalog = catalog,
                               .store = *store,
                               .health = *health,
                               .clock = clock,
                               .random = random,
                               .metrics = metrics,
                               .fallback_keys = environment.fallback_keys},
        ConnectorCalls{.client_options = [this] { return client_options(configuration); },
                       .times = {.patience = configuration.calls.timeout, .longest = configuration.calls.longest}});
    for (std::size_t index = 0; index < shards.size(); ++index) {
        broker::BrokerShard& broker_shard = broker->of(shards[index]);
        handlers.push_back(
            std::make_unique<api::ApiHandler>(broker_shard, connectors->of(shards[index]), *context, share));
        slots[index]->fill(*handlers.back());
    }
    if (slots.size() > shards.size()) {
        handlers.push_back(std::make_unique<MetricsHandler>(metrics, [this] { return health->update_figures(); }));
        slots.back()->fill(*handlers.back());
    }
}

/// Runs one task on the first shard and waits for it; for start-up alone.
template <class T>
Result<T> Server::Parts::run(async::Task<Result<T>> task) {
    return boost::asio::co_spawn(shards[0].context(), std::move(task), boost::asio::use_future).get();
}

std::expected<void, StartFailure> Server::Parts::fetch_jwt_keys() {
    if (!accepts_jwts(configuration.jwt))
        return {};
    auto make = [this](async::Shard& shard) { return make_client(shard); };
    jwt = std::make_unique<CallersJwtKeys>(configuration.jwt, shards[0], std::move(make));
    if (const auto begun = run(jwt->start()); !begun)
        return refuse(ExitCode::configuration, begun.error().message);
    return {};
}

std::expected<void, StartFailure> Server::Parts::bring_up() {
    if (auto opened = open_store(); !opened)
        return opened;
    if (auto listening = listen(); !listening)
        return listening;
    shards.start();
    if (auto fetched = fetch_jwt_keys(); !fetched)
        return fetched;
    make_broker();
    if (const auto recovered = run(broker->recover()); !recovered)
        return refuse(ExitCode::store, recovered.error().message);
    if (const auto seeded = run(plant_seeds(store.get(), &clock, &environment.seeds)); !seeded)
        return refuse(ExitCode::store, seeded.error().message);
    make_handlers();
    broker->start();
    health->start();
    alerts->start();
    for (auto& listener : listeners)
        listener->start();
    return {};
}

std::expected<std::unique_ptr<Server>, StartFailure> Server::open(const Configuration& configuration) {
    auto parts = std::make_unique<Parts>(configuration);
    CatalogOutcome loaded = load_catalog(configuration);
    if (!loaded.problems.empty()) {
        StartFailure failure{.problems = {}, .exit_code = ExitCode::configuration};
        for (const auto& problem : loaded.problems)
            failure.problems.push_back(problem.to_string());
        return std::unexpected(std::move(failure));
    }
    parts->catalog = std::move(loaded.catalog);
    parts->environment = std::move(loaded.environment);
    if (auto up = parts->bring_up(); !up)
        return std::unexpected(std::move(up).error());
    return std::unique_ptr<Server>(new Server(std::move(parts)));
}

const std::string& Server::url() const noexcept {
    return parts_->url;
}

void Server::stop() {
    if (!parts_ || parts_->draining.exchange(true))
        return;
    if (parts_->broker)
        parts_->broker->stop_refreshing_ahead();
    if (parts_->health)
        parts_->health->stop_claiming();
    const auto time_of_a_refresh = parts_->configuration.refresh.provider_timeout +
                                   parts_->configuration.database.timeout + time_to_answer_when_stopping;
    const auto deadline = async::Deadline::after(time_of_a_refresh);
    std::vector<std::future<bool>> drained;
    for (std::size_t index = 0; index < parts_->listeners.size(); ++index) {
        auto& shard = parts_->shards[index % parts_->shards.size()];
        drained.push_back(
            boost::asio::co_spawn(shard.context(), parts_->listeners[index]->drain(deadline), boost::asio::use_future));
    }
    for (auto& one : drained)
        one.wait();
    // A refresh may have been sent just before: it has its own time, however long callers took to leave.
    parts_->shards.stop(async::Deadline::after(time_of_a_refresh));
    // What requests and refreshes leave behind goes before the parts they refer to.
    parts_->listeners.clear();
}

}  // namespace evergrant::app
