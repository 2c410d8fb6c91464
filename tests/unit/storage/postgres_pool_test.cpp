#include "storage/postgres/pool.h"

#include "postgres_test.h"

#include <gtest/gtest.h>

namespace evergrant::storage::postgres {

namespace {

class PostgresPool : public PostgresTest {
protected:
    PostgresPool() { execute("CREATE TABLE t (k text PRIMARY KEY, n bigint)"); }

    static Statement insert(const std::string& key, std::int64_t number = 0) {
        return Statement("INSERT INTO t VALUES ($1, $2)", key, number);
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

}  // namespace

}  // namespace evergrant::storage::postgres
