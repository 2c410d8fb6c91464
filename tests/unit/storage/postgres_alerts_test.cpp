// How PostgreSQL goes about what people are yet to be told, among many who have nothing to tell.
#include "postgres_store_test.h"
#include "storage/postgres/alerts.h"

namespace evergrant::storage {

using PostgresAlertsTest = PostgresStoreTest;

TEST_F(PostgresAlertsTest, what_is_untold_is_found_by_its_indexes) {
    engine_.execute(
        "INSERT INTO oauth_tokens (tenant_id, integration_id, provider, status, generation, scopes, created_at,"
        " updated_at, params, token_type, lifetime_s)"
        " SELECT 'acme', n::text, 'p', CASE WHEN n % 1000 = 0 THEN 'refresh_failed' ELSE 'healthy' END, 1, '[]', 0, 0,"
        " '{}', '', 0 FROM generate_series(1, 50000) n");
    engine_.execute("ANALYZE");
    engine_.execute("PREPARE untold (bigint) AS " + postgres::untold_sql);
    engine_.execute("PREPARE untold_notices (bigint) AS " + postgres::untold_notices_sql);

    const std::string plan = engine_.execute(
        "CREATE FUNCTION explained() RETURNS text LANGUAGE plpgsql AS 'DECLARE line text; plan text := ''''; BEGIN"
        " FOR line IN EXECUTE ''EXPLAIN EXECUTE untold (500)'' LOOP plan := plan || line || chr(10);"
        " END LOOP; FOR line IN EXECUTE ''EXPLAIN EXECUTE untold_notices (500)'' LOOP plan := plan || line || chr(10);"
        " END LOOP; RETURN plan; END'; SELECT explained()");

    EXPECT_NE(plan.find("oauth_tokens_untold on"), std::string::npos) << plan;
    EXPECT_NE(plan.find("oauth_tokens_failing_untold"), std::string::npos) << plan;
    EXPECT_NE(plan.find("oauth_tokens_untold_notices"), std::string::npos) << plan;
    EXPECT_EQ(plan.find("Seq Scan on oauth_tokens"), std::string::npos) << plan;
}

}  // namespace evergrant::storage
