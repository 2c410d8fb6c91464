#include "net/redis_dialer.h"

#include "async/deadline.h"

#include <charconv>
#include <optional>
#include <utility>

namespace evergrant::net {

namespace {

std::unexpected<Error> refused(const RedisEndpoint& endpoint, std::string why) {
    return failure(Errc::provider_unreachable, "Redis does not let us in.", endpoint.text() + ": " + std::move(why));
}

std::optional<RedisEndpoint> read_master(const RedisReply& reply) {
    if (reply.kind != RedisReply::Kind::array || reply.items.size() != 2)
        return std::nullopt;
    const std::string& port = reply.items[1].text;
    RedisEndpoint master{.host = reply.items[0].text, .port = 0, .path = {}};
    const auto [end, problem] = std::from_chars(port.data(), port.data() + port.size(), master.port);
    if (problem != std::errc() || end != port.data() + port.size() || master.host.empty() || master.port == 0)
        return std::nullopt;
    return master;
}

bool is_replica(const RedisReply& role) {
    return role.kind == RedisReply::Kind::array && !role.items.empty() && role.items.front().text != "master";
}

}  // namespace

RedisDialer::RedisDialer(std::shared_ptr<const RedisOptions> options)
    : options_(std::move(options)), tls_(make_redis_tls(*options_)) {}

RedisWords RedisDialer::login() const {
    if (options_->user.empty())
        return {"AUTH", options_->password.reveal()};
    return {"AUTH", options_->user, options_->password.reveal()};
}

async::Task<Result<RedisDialer::Line>> RedisDialer::connect(RedisEndpoint endpoint) {
    auto stream = co_await connect_redis(endpoint, tls_);
    if (!stream)
        co_return std::unexpected(std::move(stream).error());
    co_return std::make_shared<RedisLine>(std::move(*stream), std::move(endpoint), options_->answer_limit);
}

async::Task<Result<RedisDialer::Line>> RedisDialer::connect_and_log_in(RedisEndpoint endpoint) {
    const auto line = co_await connect(endpoint);
    if (!line)
        co_return std::unexpected(line.error());
    std::vector<RedisWords> greeting;
    if (!options_->password.empty())
        greeting.push_back(login());
    if (options_->database != 0)
        greeting.push_back({"SELECT", std::to_string(options_->database)});
    greeting.push_back({"PING"});
    for (RedisWords& words : greeting) {
        const auto reply = co_await (*line)->ask(std::move(words));
        if (!reply)
            co_return std::unexpected(reply.error());
        // A user that may not PING is in all the same.
        if (reply->is_error() && !reply->is_error("NOPERM"))
            co_return refused(endpoint, reply->text);
    }
    if (options_->topology == RedisOptions::Topology::sentinel) {
        RedisWords words{"ROLE"};
        const auto role = co_await (*line)->ask(std::move(words));
        if (role && is_replica(*role))
            co_return refused(endpoint, "it is not the master that the sentinels say it is");
    }
    co_return *line;
}

async::Task<Result<RedisDialer::Line>> RedisDialer::open_at(RedisEndpoint endpoint) {
    const auto deadline = async::Deadline::after(options_->connect_timeout);
    auto line = co_await async::within(deadline, connect_and_log_in(endpoint));
    if (!line && line.error().code == Errc::cancelled)
        co_return refused(endpoint, "it does not answer in time");
    co_return line;
}

async::Task<Result<RedisDialer::Line>> RedisDialer::open() {
    if (options_->topology == RedisOptions::Topology::sentinel) {
        const auto sentinel = co_await open_sentinel();
        if (!sentinel)
            co_return std::unexpected(sentinel.error());
        co_return co_await open_at(sentinel->master);
    }
    const std::size_t turn = turn_++ % options_->endpoints.size();
    co_return co_await open_at(options_->endpoints[turn]);
}

async::Task<Result<RedisDialer::Sentinel>> RedisDialer::open_sentinel() {
    std::string why;
    for (std::size_t tries = 0; tries < options_->endpoints.size(); ++tries) {
        const RedisEndpoint& endpoint = options_->endpoints[turn_ % options_->endpoints.size()];
        const auto deadline = async::Deadline::after(options_->connect_timeout);
        auto sentinel = co_await async::within(deadline, connect_sentinel(endpoint));
        if (sentinel)
            co_return sentinel;
        why = sentinel.error().detail.empty() ? sentinel.error().message : sentinel.error().detail;
        ++turn_;  // the one that answered is asked first the next time
    }
    co_return failure(Errc::provider_unreachable, "No sentinel names a master of Redis.", why);
}

async::Task<Result<RedisDialer::Sentinel>> RedisDialer::connect_sentinel(RedisEndpoint endpoint) {
    const auto line = co_await connect(std::move(endpoint));
    if (!line)
        co_return std::unexpected(line.error());
    auto master = co_await question_master(*line);
    if (!master)
        co_return std::unexpected(std::move(master).error());
    co_return Sentinel{.line = *line, .master = std::move(*master)};
}

async::Task<Result<RedisEndpoint>> RedisDialer::ask_master(Line sentinel) {
    const auto deadline = async::Deadline::after(options_->connect_timeout);
    co_return co_await async::within(deadline, question_master(std::move(sentinel)));
}

async::Task<Result<RedisEndpoint>> RedisDialer::question_master(Line sentinel) {
    const RedisWords question{"SENTINEL", "get-master-addr-by-name", options_->master_name};
    auto reply = co_await sentinel->ask(question);
    // The URL's credentials are the master's; a sentinel that wants some wants the same.
    if (reply && reply->is_error("NOAUTH") && !options_->password.empty()) {
        reply = co_await sentinel->ask(login());
        if (reply && !reply->is_error())
            reply = co_await sentinel->ask(question);
    }
    if (!reply)
        co_return std::unexpected(std::move(reply).error());
    const auto master = read_master(*reply);
    if (!master)
        co_return refused(sentinel->endpoint(), reply->is_error() ? reply->text : "it knows no such master");
    co_return *master;
}

}  // namespace evergrant::net
