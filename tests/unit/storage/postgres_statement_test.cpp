#include "storage/postgres/statement.h"

#include "postgres_test.h"

#include <gtest/gtest.h>

#include <limits>
#include <stdexcept>

namespace evergrant::storage::postgres {

namespace {

class PostgresStatement : public PostgresTest {
protected:
    Rows one(const Statement& statement) {
        Answer answer = run(pool_, read(statement));
        if (!answer)
            throw std::runtime_error(answer.error().detail);
        return std::move(answer->at(0));
    }

    Pool pool_{context_, options()};
};

TEST_F(PostgresStatement, values_come_back_as_they_went) {
    const std::string text = "it's \"quoted\", \\ and naïve: ✓";
    const std::string bytes("\0\x01\xff\\'\0", 6);
    const Instant instant{std::chrono::milliseconds(1'900'000'000'123)};
    const sys_seconds seconds{std::chrono::seconds(1'900'000'000)};

    const Rows rows = one(Statement("SELECT $1::text, $2::bytea, $3::bigint, $4::boolean, $5::bigint, $6::bigint", text,
                                    Bytes{bytes}, std::numeric_limits<std::int64_t>::min(), true, instant, seconds));

    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows.text(0, 0), text);
    EXPECT_EQ(rows.optional_bytes(0, 1), bytes);
    EXPECT_EQ(rows.integer(0, 2), std::numeric_limits<std::int64_t>::min());
    EXPECT_TRUE(rows.boolean(0, 3));
    EXPECT_EQ(rows.instant(0, 4), instant);
    EXPECT_EQ(rows.optional_seconds(0, 5), seconds);
}

TEST_F(PostgresStatement, null_is_not_empty) {
    const Rows rows = one(Statement("SELECT $1::text, $2::text, $3::bytea, $4::bigint, $5::bytea", std::nullopt, "",
                                    std::optional<Bytes>(), std::optional<Instant>(), Bytes{""}));

    EXPECT_TRUE(rows.is_null(0, 0));
    EXPECT_EQ(rows.text(0, 0), "");
    EXPECT_FALSE(rows.is_null(0, 1));
    EXPECT_EQ(rows.optional_bytes(0, 2), std::nullopt);
    EXPECT_EQ(rows.optional_instant(0, 3), std::nullopt);
    EXPECT_EQ(rows.optional_bytes(0, 4), "");
}

TEST_F(PostgresStatement, a_column_of_another_kind_is_not_misread) {
    const Rows rows = one(Statement("SELECT 'seven', 8.5"));

    EXPECT_THROW((void)rows.integer(0, 0), std::runtime_error);
    EXPECT_THROW((void)rows.integer(0, 1), std::runtime_error);
    EXPECT_THROW((void)rows.boolean(0, 0), std::runtime_error);
}

TEST_F(PostgresStatement, a_number_that_does_not_fit_is_refused_before_it_is_sent) {
    EXPECT_THROW(Statement("SELECT $1::bigint", std::numeric_limits<std::uint64_t>::max()), std::out_of_range);
}

TEST_F(PostgresStatement, changes_are_counted) {
    execute("CREATE TABLE t AS SELECT generate_series(1, 3) AS n");

    const Answer answer =
        run(pool_, write(Statement("DELETE FROM t WHERE n > $1::int", 1), Statement("SELECT n FROM t")));

    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->at(0).affected(), 2U);
    EXPECT_EQ(answer->at(0).size(), 0U);
    EXPECT_EQ(answer->at(1).size(), 1U);
}

TEST(PostgresRows, of_nothing_are_empty) {
    EXPECT_TRUE(Rows().empty());
    EXPECT_EQ(Rows().affected(), 0U);
}

}  // namespace

}  // namespace evergrant::storage::postgres
