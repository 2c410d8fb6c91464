#pragma once
//
// For tests of a fleet: the stage with two replicas on one store, news between them that a test may lose, and copies
// they share if a test says so. What the first replica does is done by `use_cases()`, as ever; the second reads.
//
#include "fleet_fakes.h"
#include "stage.h"
#include "switched_store.h"

#include <functional>
#include <future>
#include <thread>

namespace evergrant::broker {

class FleetStage : public Stage {
protected:
    void SetUp() override {
        other_shards_.start();
        ours_.connect(theirs_);
        theirs_.connect(ours_);
        broker_ = replica(shards_, *store_, ours_);
        other_ = replica(other_shards_, their_store_, theirs_);
        broker_->start();
        other_->start();
        add_tenant();
        add_grant(std::chrono::minutes(59));
        settle();
    }

    void TearDown() override {
        other_shards_.stop(async::Deadline::after(std::chrono::seconds(5)));
        shards_.stop(async::Deadline::after(std::chrono::seconds(5)));
    }

    /// Until what was told has been heard.
    void settle() {
        constexpr int hops = 3;
        for (int hop = 0; hop < hops; ++hop)
            for (async::Shards* shards : {&shards_, &other_shards_})
                for (std::size_t index = 0; index < shards->size(); ++index)
                    boost::asio::co_spawn((*shards)[index].context(), nothing(), boost::asio::use_future).get();
    }

    template <class T>
    Result<T> run_there(async::Task<Result<T>> task) {
        return boost::asio::co_spawn(other_shards_[0].context(), std::move(task), boost::asio::use_future).get();
    }

    BrokerShard& their_use_cases() { return other_->of(other_shards_[0]); }

    Result<cache::SharedToken> read_there(bool force = false) {
        TokenQuery query;
        query.key = acme_demo;
        query.force_refresh = force;
        return run_there(their_use_cases().tokens.token(std::move(query)));
    }

    std::future<Result<cache::SharedToken>> begin_to_read_there(bool force) {
        return begin_to_read_on(other_shards_[0], force);
    }

    /// On the shard where the connection is at home, so that no other shard's cache comes into it.
    std::future<Result<cache::SharedToken>> begin_to_read_at_home_there() {
        return begin_to_read_on(other_->vendors().home_of(acme_demo), false);
    }

    /// At whatever is under way on any shard of the second replica, something unknown may have been withdrawn.
    void they_find_nothing_to_revoke() {
        constexpr int enough_for_every_shard = 32;
        for (int one = 0; one < enough_for_every_shard; ++one) {
            ConnectionKey key{TenantId("globex"), IntegrationId("demo-" + std::to_string(one))};
            boost::asio::co_spawn(other_shards_[0].context(), other_->vendors().removed(std::move(key), 0),
                                  boost::asio::use_future)
                .get();
        }
    }

    static void wait_until(const std::function<bool()>& holds) {
        const auto deadline = async::Deadline::after(std::chrono::seconds(10));
        while (!holds() && !deadline.passed())
            std::this_thread::yield();
    }

    /// The access token the second replica serves, or the name of its error.
    std::string served_there() {
        const auto token = read_there();
        return token ? std::string((*token)->access_token.reveal()) : std::string(traits_of(token.error().code).name);
    }

    cache::SharedCopy copy(std::uint64_t generation, std::chrono::milliseconds age, const std::string& access) {
        cache::SharedCopy made;
        made.key = acme_demo;
        made.provider = ProviderId("demo");
        made.generation = generation;
        made.tokens.access_token = SecretString(access);
        made.tokens.lifetime = std::chrono::hours(1);
        made.tokens.expires_at = clock_.now_seconds() + std::chrono::minutes(59);
        made.read_at = clock_.now() - age;
        return made;
    }

    evergrant::testing::FakeNews ours_{shards_[0]};
    evergrant::testing::FakeNews theirs_{other_shards_[0]};
    evergrant::testing::FakeSharedCache copies_;
    evergrant::testing::SwitchedStore their_store_{*store_};
    TrustTimes trust_;
    std::unique_ptr<Broker> other_;

private:
    std::future<Result<cache::SharedToken>> begin_to_read_on(async::Shard& shard, bool force) {
        TokenQuery query;
        query.key = acme_demo;
        query.force_refresh = force;
        return boost::asio::co_spawn(shard.context(), other_->of(shard).tokens.token(std::move(query)),
                                     boost::asio::use_future);
    }

    static async::Task<void> nothing() { co_return; }

    std::unique_ptr<Broker> replica(async::Shards& shards, storage::Store& store, cache::NewsChannel& news) {
        Foundations made = foundations(shards, store);
        made.news = &news;
        made.shared_cache = [this](async::Shard&) -> cache::SharedCache* { return &copies_; };
        BrokerOptions options;
        options.redirects.base_url = "https://evergrant.example";
        options.trust = trust_;
        return std::make_unique<Broker>(std::move(made), std::move(options));
    }
};

}  // namespace evergrant::broker
