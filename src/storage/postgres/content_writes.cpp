#include "storage/postgres/content_writes.h"

#include "storage/columns.h"
#include "storage/postgres/api_keys.h"
#include "storage/postgres/app_credentials.h"
#include "storage/postgres/authorizations.h"
#include "storage/postgres/connections.h"

#include <boost/json/serialize.hpp>

#include <utility>

namespace evergrant::storage::postgres {

namespace {

Task<Result<void>> run_one(Session* session, Statement statement) {
    const auto done = co_await session->write(std::move(statement));
    if (!done)
        co_return std::unexpected(done.error());
    co_return Result<void>();
}

Statement tenant_statement(const Tenant& tenant) {
    return Statement(
        "INSERT INTO tenants (id, name, time_zone, contacts, settings, created_at, updated_at)"
        " VALUES ($1, $2, $3, $4, $5, $6::bigint, $7::bigint) ON CONFLICT (id) DO UPDATE SET name = excluded.name,"
        " time_zone = excluded.time_zone, contacts = excluded.contacts, settings = excluded.settings,"
        " created_at = excluded.created_at, updated_at = excluded.updated_at",
        tenant.id.str(), tenant.name, tenant.time_zone, boost::json::serialize(tenant.contacts),
        boost::json::serialize(tenant.settings), tenant.created_at, tenant.updated_at);
}

Task<Result<void>> write(Session* session, Tenant tenant) {
    Statement putting = tenant_statement(tenant);
    co_return co_await run_one(session, std::move(putting));
}

Task<Result<void>> write(Session* session, AppCredentials credentials) {
    const std::string tenant = credentials.tenant.value_or(TenantId()).str();
    Statement dating("UPDATE oauth_configurations SET updated_at = $3::bigint WHERE tenant_id = $1 AND provider = $2",
                     tenant, credentials.provider.str(), credentials.updated_at);
    auto saved = co_await save_app_credentials(session, std::move(credentials));
    if (!saved)
        co_return saved;
    co_return co_await run_one(session, std::move(dating));
}

Task<Result<void>> write(Session* session, ApiKey key) {
    co_return co_await save_api_key(session, std::move(key));
}

Statement connection_statement(const Connection& connection, const SealedTokens& sealed) {
    const ConnectionSummary& summary = connection.summary;
    const oauth::TokenSet& tokens = connection.tokens;
    return Statement(
        "INSERT INTO oauth_tokens (tenant_id, integration_id, provider, status, generation, scopes, expires_at_s,"
        " last_error, failures, next_try_at, last_refresh, created_at, updated_at, params, token_type, lifetime_s,"
        " access_token, refresh_token, metadata, last_check_at, next_check_at, obtained_at, dies_at_s, renewal_notice,"
        " grant_type, asked_scopes, granted_by)"
        " SELECT $1, $2, $3, $4, $5::bigint, $6, $7::bigint, $8, $9::bigint, $10::bigint, $11::bigint, $12::bigint,"
        " $13::bigint, $14, $15, $16::bigint, $17::bytea, $18::bytea, $19::bytea,"
        " $21::bigint, $22::bigint, $23::bigint, $24::bigint, $25::bigint, $26, $27, $28"
        " WHERE $20::bigint IS NULL OR EXISTS (SELECT 1 FROM data_keys WHERE id = $20::bigint)"
        " ON CONFLICT (tenant_id, integration_id) DO UPDATE SET provider = excluded.provider,"
        " status = excluded.status, generation = excluded.generation, scopes = excluded.scopes,"
        " expires_at_s = excluded.expires_at_s, last_error = excluded.last_error, failures = excluded.failures,"
        " next_try_at = excluded.next_try_at, claimed_by = NULL, claimed_until = NULL,"
        " last_refresh = excluded.last_refresh, created_at = excluded.created_at, updated_at = excluded.updated_at,"
        " params = excluded.params, token_type = excluded.token_type, lifetime_s = excluded.lifetime_s,"
        " access_token = excluded.access_token, refresh_token = excluded.refresh_token, metadata = excluded.metadata,"
        " last_check_at = excluded.last_check_at, next_check_at = excluded.next_check_at,"
        " obtained_at = excluded.obtained_at, dies_at_s = excluded.dies_at_s, renewal_notice = excluded.renewal_notice,"
        " grant_type = excluded.grant_type, asked_scopes = excluded.asked_scopes,"
        " granted_by = excluded.granted_by",
        summary.key.tenant.str(), summary.key.integration.str(), summary.provider.str(), name_of(summary.status),
        summary.generation, to_column(summary.scopes), summary.expires_at, summary.last_error, summary.failures,
        summary.next_try_at, summary.last_refresh, summary.created_at, summary.updated_at, to_column(connection.params),
        tokens.token_type, std::int64_t{tokens.lifetime.count()}, sealed.access_token.column(),
        sealed.refresh_token.column(), sealed.metadata.column(), sealed.key, summary.last_check_at,
        summary.next_check_at, summary.obtained_at, summary.dies_at, summary.renewal_notice,
        name_of(summary.grant_type), to_column(connection.asked_scopes), to_column(summary.granted_by));
}

/// The lease of an abandoned refresh has run out.
Statement intent_statement(const ConnectionKey& key, const Intent& intent, bool abandoned) {
    std::optional<std::string> holder;
    if (abandoned)
        holder = intent.owner;
    return Statement(
        "INSERT INTO refresh_intents (tenant_id, integration_id, generation, since, owner, attempts, lease_owner,"
        " lease_expires_at) VALUES ($1, $2, $3::bigint, $4::bigint, $5, $6::bigint, $7::text,"
        " CASE WHEN $7::text IS NULL THEN NULL ELSE evergrant_now() END)",
        key.tenant.str(), key.integration.str(), intent.generation, intent.since, intent.owner, intent.attempts,
        holder);
}

Batch connection_batch(const HeldConnection& held, const SealedTokens& sealed) {
    const ConnectionSummary& summary = held.connection.summary;
    Batch batch;
    batch.statements.push_back(lock_key(sealed.key));
    batch.statements.push_back(connection_statement(held.connection, sealed));
    batch.statements.emplace_back("DELETE FROM refresh_intents WHERE tenant_id = $1 AND integration_id = $2",
                                  summary.key.tenant.str(), summary.key.integration.str());
    if (summary.intent)
        batch.statements.push_back(intent_statement(summary.key, *summary.intent, held.abandoned));
    return batch;
}

Task<Result<void>> write(Session* session, HeldConnection held) {
    const ConnectionSummary& summary = held.connection.summary;
    for (int tries = 0; tries < Session::most_tries; ++tries) {
        const auto sealed = co_await seal_tokens(session, summary.key, summary.generation, &held.connection.tokens);
        if (!sealed)
            co_return std::unexpected(sealed.error());
        Batch batch = connection_batch(held, *sealed);
        const auto answers = co_await session->run(std::move(batch));
        if (!answers)
            co_return std::unexpected(answers.error());
        if (!sealed->key || !answers->front().empty())
            co_return Result<void>();
        session->forget(summary.key.tenant.str());  // the key was destroyed meanwhile
    }
    co_return Session::out_of_tries();
}

Task<Result<void>> write(Session* session, PendingAuthorization pending) {
    Statement removing("DELETE FROM oauth_states WHERE state_hash = $1::bytea", Bytes{pending.state_hash});
    auto removed = co_await run_one(session, std::move(removing));
    if (!removed)
        co_return removed;
    co_return co_await save_authorization(session, std::move(pending));
}

Task<Result<void>> write(Session* session, OnceMark mark) {
    Statement noting(
        "INSERT INTO once (name, done_at) VALUES ($1, $2::bigint)"
        " ON CONFLICT (name) DO UPDATE SET done_at = excluded.done_at",
        mark.name, mark.done_at);
    co_return co_await run_one(session, std::move(noting));
}

Task<Result<void>> write(Session* session, GenerationFloor floor) {
    Statement raising("UPDATE store_state SET number = greatest(number, $1::bigint) WHERE name = 'generation_floor'",
                      floor.generation);
    co_return co_await run_one(session, std::move(raising));
}

}  // namespace

Task<Result<void>> write_item(Session* session, ContentItem item) {
    Task<Result<void>> writing = std::visit([session](auto& one) { return write(session, std::move(one)); }, item);
    co_return co_await std::move(writing);
}

}  // namespace evergrant::storage::postgres
