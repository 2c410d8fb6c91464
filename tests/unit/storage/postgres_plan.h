#pragma once
//
// For tests: how PostgreSQL goes about a claim among many rows, whatever it guesses of how many match.
//
#include "postgres_under_test.h"
#include "storage/postgres/health.h"

#include <cstddef>
#include <string>

namespace evergrant::storage {

/// How PostgreSQL goes about a statement of three parameters, among many rows.
inline std::string plan_of(PostgresUnderTest& engine, const std::string& sql) {
    engine.execute(
        "INSERT INTO oauth_tokens (tenant_id, integration_id, provider, status, generation, scopes, next_try_at,"
        " next_check_at, created_at, updated_at, params, token_type, lifetime_s)"
        " SELECT 'acme-' || n % 100, n::text, 'p', 'healthy', 1, '[]', n, n, 0, 0, '{}', '', 0 FROM generate_series(1, "
        "20000) n");
    engine.execute(
        "INSERT INTO refresh_intents SELECT 'acme-' || n % 100, n::text, 1, n, 'x', 1, CASE WHEN n % 100 = 0 THEN 'x' "
        "END, n"
        " FROM generate_series(1, 10000) n");
    engine.execute("ANALYZE");
    engine.execute("PREPARE claim (text, bigint, bigint) AS " + sql);
    engine.execute("SET plan_cache_mode = force_generic_plan");
    return engine.execute(
        "CREATE FUNCTION explained() RETURNS text LANGUAGE plpgsql AS 'DECLARE line text; plan text := ''''; BEGIN"
        " FOR line IN EXECUTE ''EXPLAIN EXECUTE claim (''''one'''', 60000, 64)'' LOOP plan := plan || line || chr(10);"
        " END LOOP; RETURN plan; END'; SELECT explained()");
}

inline std::string check_claim_of_three_parameters() {
    std::string sql = postgres::claim_due_checks_sql();
    sql.replace(sql.find("$2"), 2, "$3");
    sql.replace(sql.find("$1"), 2, "$2");
    return sql;
}

inline std::string check_demand_of_three_parameters() {
    std::string sql = postgres::demand_checks_sql();
    for (std::size_t at = sql.find("$4"); at != std::string::npos; at = sql.find("$4"))
        sql.replace(at, 2, "64");
    return sql;
}

}  // namespace evergrant::storage
