// The pool when its server stops answering, restarts, fails over, hides behind a pooler or wants to see a password.
#include "pgbouncer.h"
#include "postgres_test.h"
#include "storage/postgres/pool.h"
#include "tcp_relay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace evergrant::storage::postgres {

namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::Not;
using Clock = std::chrono::steady_clock;

class PostgresTrouble : public PostgresTest {
protected:
    explicit PostgresTrouble(PostgresServer& server = PostgresServer::shared()) : PostgresTest(server) {
        execute("CREATE TABLE t (k text PRIMARY KEY)");
    }

    /// Patience for a test, which has an answer in less or never.
    [[nodiscard]] PoolOptions impatient() const {
        PoolOptions impatient = options();
        impatient.answer_timeout = impatient.connect_timeout = milliseconds(500);
        return impatient;
    }

    static Statement insert(const std::string& key) { return Statement("INSERT INTO t VALUES ($1)", key); }

    /// Asks until there is an answer; how often it was asked in vain.
    int ask_until_answered(Pool& pool) {
        for (int failed = 0; failed < 400; ++failed) {
            if (run(pool, read(Statement("SELECT 1"))))
                return failed;
            context_.restart();
            context_.run_for(milliseconds(25));
        }
        return -1;
    }
};

/// A server of its own, for what would disturb others.
class PostgresOwnServer : public PostgresTrouble {
protected:
    PostgresOwnServer() : PostgresTrouble(own_server()) {}

    static PostgresServer& own_server() {
        static PostgresServer server;
        server.start_if_stopped();
        return server;
    }
};

TEST_F(PostgresOwnServer, one_that_stands_still_is_away_within_the_time_allowed_and_found_again) {
    Pool pool(context_, impatient());
    ASSERT_TRUE(run(pool, write(insert("before"))));
    server_.pause();

    const auto begin = Clock::now();
    const Answer first = run(pool, write(insert("during")));
    const auto first_took = Clock::now() - begin;
    run_until([&] { return !pool.trouble().empty(); });
    const auto later = Clock::now();
    const Answer second = run(pool, write(insert("later")));
    const auto second_took = Clock::now() - later;
    server_.resume();
    const int in_vain = ask_until_answered(pool);

    ASSERT_FALSE(first);
    EXPECT_EQ(first.error().code, Errc::store_unavailable);
    EXPECT_TRUE(first.error().retry_after);
    EXPECT_LT(first_took, milliseconds(1'500));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::store_unavailable);
    EXPECT_LT(second_took, milliseconds(100));
    EXPECT_GE(in_vain, 0);
    EXPECT_EQ(pool.trouble(), "");
    EXPECT_EQ(execute("SELECT string_agg(k, ' ') FROM t"), "before");
}

TEST_F(PostgresOwnServer, a_restart_costs_only_what_comes_meanwhile) {
    Pool pool(context_, options());
    ASSERT_TRUE(run(pool, write(insert("before"))));

    server_.stop();
    const Answer meanwhile = run(pool, write(insert("meanwhile")));
    server_.start();
    const int in_vain = ask_until_answered(pool);
    const Answer after = run(pool, write(insert("after")));

    ASSERT_FALSE(meanwhile);
    EXPECT_EQ(meanwhile.error().code, Errc::store_unavailable);
    EXPECT_GE(in_vain, 0);
    EXPECT_TRUE(after) << after.error().detail;
}

TEST_F(PostgresOwnServer, sessions_that_were_ended_behind_our_back_cost_nothing) {
    Pool pool(context_, options());
    ASSERT_TRUE(run(pool, write(insert("before"))));

    server_.stop();
    server_.start();
    const Answer after = run(pool, write(insert("after")));

    EXPECT_TRUE(after) << after.error().detail;
}

TEST_F(PostgresTrouble, a_write_that_arrives_after_its_deadline_is_refused_by_the_server) {
    testing::TcpRelay relay(server_.port());
    PoolOptions through_relay = impatient();
    through_relay.url = PostgresServer::url_through(relay.port(), database_) + "?sslmode=disable";
    Pool pool(context_, through_relay);
    ASSERT_TRUE(run(pool, write(insert("in time"))));

    relay.hold();
    const Answer late = run(pool, write(insert("late")));
    relay.forget_sent();
    relay.release();
    const bool arrived = relay.wait_for_answers();

    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, Errc::store_unavailable);
    EXPECT_TRUE(arrived);
    EXPECT_THAT(relay.sent(), HasSubstr("late"));
    EXPECT_EQ(execute("SELECT string_agg(k, ' ') FROM t"), "in time");
}

TEST_F(PostgresTrouble, a_write_that_waited_too_long_for_a_lock_is_undone) {
    Pool pool(context_, impatient());
    ASSERT_TRUE(run(pool, write(insert("a"))));
    PlainConnection other(server_.url(database_));
    other.execute("BEGIN; LOCK TABLE t");

    const Answer late = run(pool, write(insert("b")));
    other.execute("COMMIT");
    // Behind whatever of the write still holds or wants the table.
    other.execute("BEGIN; LOCK TABLE t; COMMIT");

    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, Errc::store_unavailable);
    EXPECT_EQ(execute("SELECT string_agg(k, ' ') FROM t"), "a");
}

TEST_F(PostgresTrouble, a_server_that_is_not_there_is_named_without_its_password) {
    PoolOptions nowhere = impatient();
    nowhere.url = "postgresql://someone:very-secret@127.0.0.1:1/somewhere";
    Pool pool(context_, nowhere);

    const Answer answer = run(pool, read(Statement("SELECT 1")));

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::store_unavailable);
    EXPECT_THAT(answer.error().detail, HasSubstr("127.0.0.1:1/somewhere"));
    EXPECT_THAT(answer.error().detail, Not(HasSubstr("very-secret")));
    EXPECT_THAT(pool.trouble(), HasSubstr("127.0.0.1:1/somewhere"));
    EXPECT_THAT(pool.trouble(), Not(HasSubstr("very-secret")));
}

TEST_F(PostgresTrouble, a_url_that_cannot_be_read_is_refused_without_being_quoted) {
    PoolOptions broken = options();
    broken.url = "postgresql://someone:very%zzsecret@127.0.0.1/somewhere";

    try {
        const Pool pool(context_, broken);
        FAIL();
    } catch (const std::exception& exception) {
        EXPECT_THAT(exception.what(), Not(HasSubstr("secret")));
    }
}

TEST_F(PostgresTrouble, a_name_is_looked_up) {
    PoolOptions by_name = options();
    by_name.url = "postgresql://postgres@localhost:" + std::to_string(server_.port()) + "/" + database_;
    Pool pool(context_, by_name);

    const Answer answer = run(pool, read(Statement("SELECT 1")));

    EXPECT_TRUE(answer) << answer.error().detail;
}

TEST_F(PostgresTrouble, a_unix_socket_will_do) {
    PoolOptions local = options();
    local.url = server_.socket_url(database_);
    Pool pool(context_, local);

    const Answer answer = run(pool, write(insert("a")));

    EXPECT_TRUE(answer) << answer.error().detail;
}

TEST_F(PostgresTrouble, the_host_that_takes_writes_is_found) {
    PostgresServer standby(PostgresServer::Settings{"default_transaction_read_only=on"});
    PlainConnection(standby.url("postgres") + "&options=-cdefault_transaction_read_only%3Doff")
        .execute("CREATE DATABASE " + database_);
    const std::string refuses = "127.0.0.1:1";
    const std::string reads = "127.0.0.1:" + std::to_string(standby.port());
    const std::string writes = "127.0.0.1:" + std::to_string(server_.port());
    PoolOptions several = options();
    several.url = "postgresql://postgres@" + refuses + "," + reads + "," + writes + "/" + database_;
    Pool pool(context_, several);

    const Answer answer = run(pool, write(insert("a")));

    EXPECT_TRUE(answer) << answer.error().detail;
}

TEST_F(PostgresOwnServer, a_server_that_became_read_only_is_left) {
    PoolOptions several = options();
    several.url = "postgresql://postgres@127.0.0.1:" + std::to_string(server_.port()) +
                  ",127.0.0.1:" + std::to_string(PostgresServer::shared().port()) + "/" + database_ +
                  "?sslmode=disable";
    PlainConnection(PostgresServer::shared().url("postgres")).execute("CREATE DATABASE " + database_);
    PlainConnection(PostgresServer::shared().url(database_)).execute("CREATE TABLE t (k text PRIMARY KEY)");
    Pool pool(context_, several);
    ASSERT_TRUE(run(pool, write(insert("a"))));

    PlainConnection(server_.url("postgres")).execute("ALTER SYSTEM SET default_transaction_read_only = on");
    PlainConnection(server_.url("postgres")).execute("SELECT pg_reload_conf()");
    // The session hears of it when it pleases; until then its server takes what it is given.
    PlainConnection second(PostgresServer::shared().url(database_));
    int tries = 0;
    while (second.execute("SELECT count(*) FROM t") == "0" && tries < 1'000)
        (void)run(pool, write(insert("b" + std::to_string(++tries))));
    PlainConnection(server_.url("postgres")).execute("ALTER SYSTEM RESET default_transaction_read_only");
    PlainConnection(server_.url("postgres")).execute("SELECT pg_reload_conf()");

    EXPECT_LT(tries, 1'000);
}

TEST_F(PostgresTrouble, a_password_is_shown_and_a_wrong_one_is_not_repeated_in_the_error) {
    PlainConnection(server_.url(database_))
        .execute(
            "DO $$ BEGIN CREATE ROLE scram LOGIN PASSWORD 'right'; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
    const std::string rest = "@127.0.0.1:" + std::to_string(server_.port()) + "/" + database_;
    PoolOptions right = options();
    right.url = "postgresql://scram:right" + rest;
    PoolOptions wrong = options();
    wrong.url = "postgresql://scram:wrong-one" + rest;
    Pool welcome(context_, right);
    Pool unwelcome(context_, wrong);

    const Answer in = run(welcome, read(Statement("SELECT current_user")));
    const Answer out = run(unwelcome, read(Statement("SELECT 1")));

    ASSERT_TRUE(in) << in.error().detail;
    EXPECT_EQ(in->at(0).text(0, 0), "scram");
    ASSERT_FALSE(out);
    EXPECT_EQ(out.error().code, Errc::store_unavailable);
    EXPECT_THAT(out.error().detail, HasSubstr("password authentication failed"));
    EXPECT_THAT(out.error().detail, Not(HasSubstr("wrong-one")));
}

struct Tls {
    std::string_view name;
    std::string host;
    std::string mode;
    bool with_root;
    bool connects;
};

class PostgresTls : public PostgresTrouble, public ::testing::WithParamInterface<Tls> {};

TEST_P(PostgresTls, is_spoken_and_its_certificate_believed_as_far_as_was_asked) {
    const Tls& given = GetParam();
    PoolOptions over_tls = options();
    over_tls.url = "postgresql://postgres@" + given.host + ":" + std::to_string(server_.port()) + "/" + database_ +
                   "?sslmode=" + given.mode;
    if (given.with_root)
        over_tls.url += "&sslrootcert=" + server_.certificate();
    if (given.host == "elsewhere.example")
        over_tls.url += "&hostaddr=127.0.0.1";
    Pool pool(context_, over_tls);
    const std::string megabyte(1'000'000, 'x');

    const Answer answer = run(pool, read(Statement("SELECT ssl::text FROM pg_stat_ssl WHERE pid = pg_backend_pid()"),
                                         Statement("SELECT $1::text", megabyte)));

    ASSERT_EQ(answer.has_value(), given.connects) << (answer ? "" : answer.error().detail);
    if (answer) {
        EXPECT_EQ(answer->at(0).text(0, 0), "true");
        EXPECT_EQ(answer->at(1).text(0, 0), megabyte);
    }
}

INSTANTIATE_TEST_SUITE_P(Modes, PostgresTls,
                         ::testing::Values(Tls{"required", "127.0.0.1", "require", false, true},
                                           Tls{"verified", "localhost", "verify-full", true, true},
                                           Tls{"no_root", "localhost", "verify-full", false, false},
                                           Tls{"another_name", "elsewhere.example", "verify-full", true, false}),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST_F(PostgresTrouble, a_pooler_in_transaction_mode_will_do) {
    if (!testing::Pgbouncer::is_installed())
        GTEST_SKIP() << "pgbouncer is not installed";
    testing::Pgbouncer pooler(server_.port(), 2);
    PoolOptions pooled = options();
    pooled.url = pooler.url(database_);
    pooled.connections = 4;
    Pool pool(context_, pooled);
    int done = 0;
    std::string wrong;

    for (int number = 0; number < 40; ++number)
        start(pool, write(insert(std::to_string(number)), Statement("SELECT count(*) FROM t")),
              [&](const Answer& answer) {
                  ++done;
                  if (!answer)
                      wrong = answer.error().detail;
              });
    run_until([&] { return done == 40; });

    EXPECT_EQ(wrong, "");
    EXPECT_EQ(execute("SELECT count(*) FROM t"), "40");
}

TEST_F(PostgresOwnServer, a_pooler_without_a_server_is_as_good_as_none) {
    if (!testing::Pgbouncer::is_installed())
        GTEST_SKIP() << "pgbouncer is not installed";
    testing::Pgbouncer pooler(server_.port(), 2);
    PoolOptions pooled = impatient();
    pooled.url = pooler.url(database_);
    Pool pool(context_, pooled);
    ASSERT_TRUE(run(pool, write(insert("a"))));

    server_.stop();
    const Answer meanwhile = run(pool, write(insert("meanwhile")));
    run_until([&] { return !pool.trouble().empty(); });
    const auto begin = Clock::now();
    const Answer later = run(pool, write(insert("later")));
    const auto took = Clock::now() - begin;
    server_.start();
    const int in_vain = ask_until_answered(pool);

    EXPECT_FALSE(meanwhile);
    EXPECT_FALSE(later);
    EXPECT_LT(took, milliseconds(100));
    EXPECT_GE(in_vain, 0);
}

TEST(PostgresShards, each_have_a_pool_of_their_own) {
    PostgresServer& server = PostgresServer::shared();
    const std::string database = server.new_database();
    PlainConnection(server.url(database)).execute("CREATE TABLE t (n bigint)");
    std::vector<std::jthread> shards;

    for (int shard = 0; shard < 3; ++shard)
        shards.emplace_back([&] {
            boost::asio::io_context context(1);
            PoolOptions options;
            options.url = server.url(database);
            Pool pool(context, options);
            for (int number = 0; number < 30; ++number)
                EXPECT_TRUE(
                    run_task(context, pool.run({Batch::Use::write, {Statement("INSERT INTO t VALUES ($1)", number)}})));
        });
    shards.clear();

    EXPECT_EQ(PlainConnection(server.url(database)).execute("SELECT count(*) FROM t"), "90");
}

}  // namespace

}  // namespace evergrant::storage::postgres
