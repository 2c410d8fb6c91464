// The contract, and the plans of claims, where deploy/postgresql/partition_by_tenant.sql has divided the tables.
#include "alert_contract.h"
#include "contents_contract.h"
#include "postgres_plan.h"
#include "postgres_store_test.h"
#include "storage/postgres/claims.h"

#include <fstream>
#include <iterator>

namespace evergrant::storage {

namespace {

/// Into four: each part is a table with all its indexes, and each test makes them.
std::string dividing_script() {
    std::ifstream file(EVERGRANT_SOURCE_DIR "/deploy/postgresql/partition_by_tenant.sql");
    return "SET evergrant.partitions = 4; " +
           std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

const EngineFactory divided_engine{
    "postgresql_divided", [](const Clock& clock, boost::asio::io_context& context) -> std::unique_ptr<EngineUnderTest> {
        auto engine = std::make_unique<PostgresUnderTest>(clock, context);
        engine->execute(dividing_script());
        return engine;
    }};

const auto engine_name = [](const auto& info) { return std::string(info.param.name); };

class PostgresPartitionsTest : public PostgresStoreTest {
protected:
    void divide() { engine_.execute(dividing_script()); }

    /// All values of the one column of that query, in one line.
    std::string all_of(const std::string& query) {
        return engine_.execute("SELECT string_agg(v, ' ' ORDER BY v) FROM (" + query + ") AS q (v)");
    }
    std::string names_of_what_hangs_on_the_tables() {
        return all_of(
            "SELECT c.relname::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
            " WHERE i.indrelid IN ('oauth_tokens'::regclass, 'refresh_intents'::regclass)"
            " UNION ALL SELECT tgname::text FROM pg_trigger WHERE tgrelid = 'oauth_tokens'::regclass"
            " AND NOT tgisinternal UNION ALL SELECT viewname::text FROM pg_views WHERE schemaname = 'public'");
    }
};

}  // namespace

INSTANTIATE_TEST_SUITE_P(Divided, AppGrantContract, ::testing::Values(divided_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Divided, GrantedByContract, ::testing::Values(divided_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Divided, ConnectionContract, ::testing::Values(divided_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Divided, LeaseContract, ::testing::Values(divided_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Divided, ClaimContract, ::testing::Values(divided_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Divided, HealthContract, ::testing::Values(divided_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Divided, RefreshContract, ::testing::Values(divided_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Divided, ContentsContract, ::testing::Values(divided_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Divided, AlertContract, ::testing::Values(divided_engine), engine_name);
INSTANTIATE_TEST_SUITE_P(Divided, AlertEndContract, ::testing::Values(divided_engine), engine_name);

TEST_F(PostgresPartitionsTest, dividing_keeps_the_rows_and_spreads_them) {
    for (int i = 0; i < 40; ++i)
        ask(one().save_grant(some_grant({TenantId("tenant-" + std::to_string(i)), IntegrationId("crm")})));
    ask(one().take_lease({{TenantId("tenant-7"), IntegrationId("crm")}, "one", lease_duration, 0}));
    const std::string before =
        all_of("SELECT t::text FROM oauth_tokens t UNION ALL SELECT i::text FROM refresh_intents i");

    divide();

    EXPECT_EQ(all_of("SELECT t::text FROM oauth_tokens t UNION ALL SELECT i::text FROM refresh_intents i"), before);
    EXPECT_GT(std::stoi(engine_.execute("SELECT count(DISTINCT tableoid) FROM oauth_tokens")), 2);
}

TEST_F(PostgresPartitionsTest, dividing_keeps_the_names_of_indexes_triggers_and_the_view) {
    const std::string before = names_of_what_hangs_on_the_tables();

    divide();

    EXPECT_EQ(names_of_what_hangs_on_the_tables(), before);
}

TEST_F(PostgresPartitionsTest, a_server_that_starts_on_divided_tables_serves_what_was_there) {
    ask(one().save_grant(some_grant()));

    divide();

    EXPECT_EQ(access_token_at(*engine_.replica()), "access-1");
}

TEST_F(PostgresPartitionsTest, claims_go_through_no_partition) {
    divide();

    const std::string plan = plan_of(engine_, postgres::claim_due_sql);

    EXPECT_EQ(plan.find("Seq Scan on oauth_tokens"), std::string::npos) << plan;
    EXPECT_EQ(plan.find("Seq Scan on refresh_intents"), std::string::npos) << plan;
}

TEST_F(PostgresPartitionsTest, claims_of_checks_go_through_no_partition) {
    divide();

    const std::string plan = plan_of(engine_, check_claim_of_three_parameters());

    EXPECT_EQ(plan.find("Seq Scan on oauth_tokens"), std::string::npos) << plan;
}

TEST_F(PostgresPartitionsTest, demands_of_checks_go_through_no_partition) {
    divide();

    const std::string plan = plan_of(engine_, check_demand_of_three_parameters());

    EXPECT_EQ(plan.find("Seq Scan on oauth_tokens"), std::string::npos) << plan;
}

}  // namespace evergrant::storage
