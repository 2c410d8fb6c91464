#include "storage/postgres/pool.h"

#include "postgres_test.h"
#include "tcp_relay.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evergrant::storage::postgres {

namespace {

class PostgresPool : public PostgresTest {
protected:
    PostgresPool() { execute("CREATE TABLE t (k text PRIMARY KEY, n bigint)"); }

    static Statement insert(const std::string& key, std::int64_t number = 0) {
        return Statement("INSERT INTO t VALUES ($1, $2)", key, number);
    }
    /// The type bytes of the protocol's messages from client to server, past the start-up.
    static std::string kinds_of_messages(std::string_view bytes) {
        std::string kinds;
        while (bytes.size() > 4) {
            kinds += bytes.front();
            std::size_t length = 0;
            for (const char byte : bytes.substr(1, 4))
                length = length * 256 + static_cast<unsigned char>(byte);
            bytes.remove_prefix(std::min(bytes.size(), length + 1));
        }
        return kinds;
    }
    std::string count() { return execute("SELECT count(*) FROM t"); }
};

TEST_F(PostgresPool, a_batch_is_done_and_answered_in_order) {
    Pool pool(context_, options());

    const Answer answer = run(
        pool, write(insert("a", 1), Statement("SELECT n FROM t WHERE k = $1", "a"), Statement("UPDATE t SET n = 2")));

    ASSERT_TRUE(answer) << answer.error().detail;
    ASSERT_EQ(answer->size(), 3U);
    EXPECT_EQ(answer->at(0).affected(), 1U);
    EXPECT_EQ(answer->at(1).integer(0, 0), 1);
    EXPECT_EQ(execute("SELECT n FROM t"), "2");
    EXPECT_EQ(pool.trouble(), "");
}

TEST_F(PostgresPool, a_batch_of_which_one_statement_fails_changes_nothing) {
    Pool pool(context_, options());

    const Answer answer = run(pool, write(insert("a"), Statement("SELECT 1 / $1::int", 0), insert("b")));

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::internal_error);
    EXPECT_EQ(count(), "0");
}

TEST_F(PostgresPool, a_second_of_its_kind_is_a_conflict) {
    Pool pool(context_, options());
    ASSERT_TRUE(run(pool, write(insert("a"))));

    const Answer answer = run(pool, write(insert("b"), insert("a")));

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::conflict);
    EXPECT_EQ(count(), "1");
}

TEST_F(PostgresPool, a_conflict_that_shows_at_the_commit_is_one_too) {
    execute("CREATE TABLE late (k text, UNIQUE (k) DEFERRABLE INITIALLY DEFERRED)");
    Pool pool(context_, options());
    const Statement insert_late("INSERT INTO late VALUES ('a')");

    const Answer refused = run(pool, write(insert_late, insert_late));
    const Answer accepted = run(pool, write(insert_late));

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::conflict);
    EXPECT_TRUE(accepted) << accepted.error().detail;
}

TEST_F(PostgresPool, a_write_is_one_round_trip_and_is_prepared_once) {
    testing::TcpRelay relay(server_.port());
    PoolOptions through_relay = options();
    through_relay.url = PostgresServer::url_through(relay.port(), database_) + "?sslmode=disable";
    Pool pool(context_, through_relay);
    ASSERT_TRUE(run(pool, read(Statement("SELECT 1"))));

    relay.forget_sent();
    ASSERT_TRUE(run(pool, write(insert("a"), insert("b"))));
    const std::string first = kinds_of_messages(relay.sent());
    relay.forget_sent();
    ASSERT_TRUE(run(pool, write(insert("c"), insert("d"))));
    const std::string second = kinds_of_messages(relay.sent());

    // Parse and Describe the first time; then Bind, Describe, Execute for each statement and for the guard; one Sync.
    EXPECT_EQ(first, "PBDEBDEPBDES");
    EXPECT_EQ(second, "BDEBDEBDES");
    EXPECT_EQ(relay.connections(), 1U);
}

TEST_F(PostgresPool, a_batch_that_lost_to_another_is_repeated) {
    Pool pool(context_, options());
    execute("INSERT INTO t VALUES ('a', 0)");
    execute(
        "CREATE SEQUENCE tries; CREATE FUNCTION lose_twice() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF nextval('tries') < 3 THEN RAISE SQLSTATE '40001'; END IF; RETURN NEW; END $$;"
        "CREATE TRIGGER losing BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION lose_twice()");

    const Answer answer = run(pool, write(Statement("UPDATE t SET n = n + 1")));

    ASSERT_TRUE(answer) << answer.error().detail;
    EXPECT_EQ(execute("SELECT n FROM t"), "1");
    EXPECT_EQ(execute("SELECT last_value FROM tries"), "3");
}

TEST_F(PostgresPool, a_batch_that_always_loses_is_a_conflict) {
    Pool pool(context_, options());
    execute("INSERT INTO t VALUES ('a', 0)");
    execute(
        "CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE SQLSTATE '40P01'; END $$;"
        "CREATE TRIGGER losing BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION lose()");

    const Answer answer = run(pool, write(Statement("UPDATE t SET n = n + 1")));

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::conflict);
}

TEST_F(PostgresPool, a_table_that_changed_under_a_prepared_statement_costs_nothing) {
    Pool pool(context_, options());
    ASSERT_TRUE(run(pool, read(Statement("SELECT * FROM t"))));
    execute("ALTER TABLE t ADD COLUMN more text");

    const Answer answer = run(pool, read(Statement("SELECT * FROM t")));

    EXPECT_TRUE(answer) << answer.error().detail;
}

TEST_F(PostgresPool, a_large_answer_and_a_large_batch_pass) {
    Pool pool(context_, options());
    const std::string megabytes(3'000'000, 'x');
    std::vector<Statement> inserts;
    for (int number = 0; number < 500; ++number)
        inserts.push_back(insert(std::to_string(number) + std::string(10'000, 'y')));

    const Answer echo = run(pool, read(Statement("SELECT $1::text", megabytes)));
    const Answer many = run(pool, {Batch::Use::write, std::move(inserts)});

    ASSERT_TRUE(echo) << echo.error().detail;
    EXPECT_EQ(echo->at(0).text(0, 0), megabytes);
    ASSERT_TRUE(many) << many.error().detail;
    EXPECT_EQ(count(), "500");
}

TEST_F(PostgresPool, more_wait_than_there_are_connections_and_are_served_in_order) {
    Pool pool(context_, options());
    std::vector<std::string> ended;
    for (int number = 0; number < 20; ++number)
        start(pool, read(Statement("SELECT pg_sleep(0.02), $1::text", std::to_string(number))),
              [&, number](const Answer& answer) {
                  EXPECT_TRUE(answer);
                  ended.push_back(std::to_string(number));
              });

    run_until([&] { return ended.size() == 20; });

    EXPECT_EQ(execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'evergrant' AND datname = '" +
                      database_ + "'"),
              "2");
    // Two are served at a time, and either of them may end first.
    EXPECT_THAT(ended.front(), ::testing::AnyOf("0", "1"));
    EXPECT_EQ(ended.back().size(), 2U);
}

TEST_F(PostgresPool, what_does_not_fit_into_the_queue_is_refused_at_once) {
    PoolOptions narrow = options();
    narrow.connections = 1;
    narrow.queue_limit = 2;
    Pool pool(context_, narrow);
    std::vector<Errc> refused;
    int served = 0;
    for (int number = 0; number < 4; ++number)
        start(pool, read(Statement("SELECT 1")), [&](const Answer& answer) {
            if (answer)
                ++served;
            else
                refused.push_back(answer.error().code);
        });

    run_until([&] { return served + static_cast<int>(refused.size()) == 4; });

    EXPECT_EQ(served, 2);
    EXPECT_EQ(refused, (std::vector<Errc>{Errc::overloaded, Errc::overloaded}));
}

TEST_F(PostgresPool, a_caller_who_leaves_disturbs_nobody) {
    PoolOptions single = options();
    single.connections = 1;
    Pool pool(context_, single);
    ASSERT_TRUE(run(pool, read(Statement("SELECT 1"))));
    boost::asio::cancellation_signal leave;
    bool left = false;
    boost::asio::co_spawn(context_, pool.run(write(Statement("SELECT pg_sleep(0.2)"), insert("a"))),
                          boost::asio::bind_cancellation_slot(
                              leave.slot(), [&](std::exception_ptr thrown, Answer) { left = thrown != nullptr; }));
    boost::asio::steady_timer soon(context_, std::chrono::milliseconds(50));
    soon.async_wait([&](auto) { leave.emit(boost::asio::cancellation_type::terminal); });

    run_until([&] { return left; });
    const Answer next = run(pool, read(Statement("SELECT k FROM t")));

    ASSERT_TRUE(next) << next.error().detail;
    ASSERT_EQ(next->at(0).size(), 1U);
    EXPECT_EQ(next->at(0).text(0, 0), "a");
}

TEST_F(PostgresPool, goes_while_batches_are_under_way) {
    auto pool = std::make_unique<Pool>(context_, options());
    std::vector<Errc> answers;
    for (int number = 0; number < 5; ++number)
        start(*pool, read(Statement("SELECT pg_sleep(60)")),
              [&](const Answer& answer) { answers.push_back(answer ? Errc::not_found : answer.error().code); });
    boost::asio::steady_timer soon(context_, std::chrono::milliseconds(100));
    soon.async_wait([&](auto) { pool.reset(); });

    run_until([&] { return answers.size() == 5; });
    context_.run();

    EXPECT_THAT(answers, ::testing::Each(::testing::AnyOf(Errc::store_unavailable, Errc::shutting_down)));
}

}  // namespace

}  // namespace evergrant::storage::postgres
