#include "storage/postgres/postgres_news.h"

#include "pgbouncer.h"
#include "postgres_test.h"
#include "tcp_relay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

namespace evergrant::storage::postgres {

namespace {

using cache::News;
using ::testing::ElementsAre;

News removed(const std::string& tenant, std::uint64_t generation = 1) {
    return {.kind = News::Kind::removed, .key = {TenantId(tenant), IntegrationId("crm")}, .generation = generation};
}

const News keys{.kind = News::Kind::keys, .key = {}, .generation = 0};

/// One replica's end of the channel, on a shard of its own, and what it heard.
class Replica {
public:
    explicit Replica(PostgresNewsOptions options) : channel_(shards_[0], std::move(options)) {
        channel_.start([this](const std::optional<News>& news) {
            const std::lock_guard lock(mutex_);
            if (news)
                heard_.push_back(*news);
            else
                ++gaps_;
            live_at_a_gap_ = live_at_a_gap_ || (!news && channel_.live());
            changed_.notify_all();
        });
        shards_.start();
    }

    void publish(const News& news) { channel_.publish(news); }
    [[nodiscard]] bool live() const { return channel_.live(); }

    /// False: not within a test's patience.
    [[nodiscard]] bool wait_for_news(std::size_t count) {
        return wait([&] { return heard_.size() >= count; });
    }
    [[nodiscard]] bool wait_for_gaps(unsigned count, std::chrono::milliseconds patience = usual_patience) {
        return wait([&] { return gaps_ >= count; }, patience);
    }
    void wait_until_live() const {
        while (!live())
            std::this_thread::yield();
    }
    [[nodiscard]] bool live_at_a_gap() {
        const std::lock_guard lock(mutex_);
        return live_at_a_gap_;
    }
    [[nodiscard]] std::vector<News> heard() {
        const std::lock_guard lock(mutex_);
        return heard_;
    }

private:
    static constexpr std::chrono::milliseconds usual_patience{20'000};

    bool wait(const std::function<bool()>& reached, std::chrono::milliseconds patience = usual_patience) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, patience, reached);
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<News> heard_;
    unsigned gaps_{0};
    bool live_at_a_gap_{false};
    async::Shards shards_{1};
    PostgresNews channel_;
};

class PostgresNewsTest : public PostgresTest {
protected:
    [[nodiscard]] PostgresNewsOptions news_options() const {
        PostgresNewsOptions options;
        options.url = server_.url(database_);
        return options;
    }
};

TEST_F(PostgresNewsTest, what_one_tells_the_others_hear_and_it_does_not) {
    Replica here(news_options());
    Replica there(news_options());
    ASSERT_TRUE(here.wait_for_gaps(1) && there.wait_for_gaps(1));

    here.publish(removed("acme", 7));
    here.publish(keys);
    there.publish(removed("globex"));

    ASSERT_TRUE(there.wait_for_news(2) && here.wait_for_news(1));
    EXPECT_THAT(there.heard(), ElementsAre(removed("acme", 7), keys));
    EXPECT_THAT(here.heard(), ElementsAre(removed("globex")));
    EXPECT_TRUE(here.live());
}

TEST_F(PostgresNewsTest, many_are_told_in_order) {
    constexpr std::uint64_t many = 2'000;
    Replica here(news_options());
    Replica there(news_options());
    ASSERT_TRUE(here.wait_for_gaps(1) && there.wait_for_gaps(1));

    for (std::uint64_t generation = 0; generation < many; ++generation)
        here.publish(removed("acme", generation));

    ASSERT_TRUE(there.wait_for_news(many));
    const std::vector<News> heard = there.heard();
    for (std::uint64_t generation = 0; generation < many; ++generation)
        ASSERT_EQ(heard[generation].generation, generation);
}

TEST_F(PostgresNewsTest, a_broken_connection_is_a_gap_and_what_was_published_meanwhile_is_told) {
    Replica here(news_options());
    Replica there(news_options());
    ASSERT_TRUE(here.wait_for_gaps(1) && there.wait_for_gaps(1));

    execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + database_ +
            "' AND pid <> pg_backend_pid()");
    ASSERT_TRUE(here.wait_for_gaps(2) && there.wait_for_gaps(2));
    here.publish(removed("acme"));

    EXPECT_TRUE(there.wait_for_news(1));
    EXPECT_FALSE(here.live_at_a_gap() || there.live_at_a_gap());
}

TEST_F(PostgresNewsTest, a_server_that_stands_still_is_noticed) {
    testing::TcpRelay relay(server_.port());
    PostgresNewsOptions through_relay = news_options();
    through_relay.url = PostgresServer::url_through(relay.port(), database_) + "?sslmode=disable";
    through_relay.silence = through_relay.answer_timeout = std::chrono::milliseconds(100);
    Replica here(through_relay);
    ASSERT_TRUE(here.wait_for_gaps(1));
    here.wait_until_live();

    relay.hold();
    while (here.live())
        std::this_thread::yield();
    relay.release();

    EXPECT_TRUE(here.wait_for_gaps(2));
}

TEST_F(PostgresNewsTest, behind_a_pooler_that_delivers_nothing_it_is_not_live_and_says_so_once_but_tells) {
    if (!testing::Pgbouncer::is_installed())
        GTEST_SKIP() << "pgbouncer is not installed";
    testing::Pgbouncer pooler(server_.port(), 2);
    PostgresNewsOptions pooled = news_options();
    pooled.url = pooler.url(database_);
    pooled.answer_timeout = std::chrono::milliseconds(300);
    Replica there(news_options());
    ASSERT_TRUE(there.wait_for_gaps(1));
    ::testing::internal::CaptureStderr();
    {
        Replica here(pooled);
        here.publish(removed("acme"));

        EXPECT_FALSE(here.wait_for_gaps(1, std::chrono::milliseconds(1'500)));
        EXPECT_FALSE(here.live());
    }
    EXPECT_TRUE(there.wait_for_news(1));

    const std::string said = ::testing::internal::GetCapturedStderr();
    const std::size_t first = said.find("news_do_not_arrive");
    EXPECT_NE(first, std::string::npos) << said;
    EXPECT_EQ(said.find("news_do_not_arrive", first + 1), std::string::npos) << said;
}

TEST_F(PostgresNewsTest, probes_while_it_is_silent_leave_it_live) {
    PostgresNewsOptions restless = news_options();
    restless.silence = restless.probe_every = std::chrono::milliseconds(20);
    Replica here(restless);
    ASSERT_TRUE(here.wait_for_gaps(1));

    EXPECT_FALSE(here.wait_for_gaps(2, std::chrono::milliseconds(300)));
    EXPECT_TRUE(here.live());
}

TEST_F(PostgresNewsTest, probes_of_others_are_no_gap) {
    PostgresNewsOptions restless = news_options();
    restless.silence = restless.probe_every = std::chrono::milliseconds(20);
    PostgresNewsOptions quiet = news_options();
    Replica here(quiet);
    Replica there(restless);
    ASSERT_TRUE(here.wait_for_gaps(1) && there.wait_for_gaps(1));

    EXPECT_FALSE(here.wait_for_gaps(2, std::chrono::milliseconds(300)));
    EXPECT_TRUE(here.heard().empty());
}

TEST_F(PostgresNewsTest, when_too_much_waits_the_oldest_is_told_as_a_gap) {
    PostgresNewsOptions narrow = news_options();
    narrow.queue_limit = 2;
    async::Shards shards(1);
    PostgresNews here(shards[0], narrow);
    Replica there(news_options());
    ASSERT_TRUE(there.wait_for_gaps(1));
    for (const char* const tenant : {"first", "second", "third"})
        here.publish(removed(tenant));

    here.start([](const std::optional<News>&) {});
    shards.start();

    ASSERT_TRUE(there.wait_for_news(2));
    EXPECT_THAT(there.heard(), ElementsAre(removed("second"), removed("third")));
    EXPECT_TRUE(there.wait_for_gaps(2));
    EXPECT_FALSE(there.wait_for_gaps(3, std::chrono::milliseconds(200)));
}

TEST_F(PostgresNewsTest, what_cannot_be_read_is_a_gap) {
    Replica here(news_options());
    ASSERT_TRUE(here.wait_for_gaps(1));

    execute(
        "SELECT pg_notify('evergrant_news', ''), pg_notify('evergrant_news', 'x'),"
        " pg_notify('evergrant_news', 'x removed y'), pg_notify('evergrant_news', 'x removed 3 acme crm')");

    ASSERT_TRUE(here.wait_for_news(1));
    EXPECT_THAT(here.heard(), ElementsAre(removed("acme", 3)));
    EXPECT_TRUE(here.wait_for_gaps(4));
}

}  // namespace

}  // namespace evergrant::storage::postgres
