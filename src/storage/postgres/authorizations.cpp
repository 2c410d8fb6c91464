#include "storage/postgres/authorizations.h"

#include "storage/columns.h"
#include "storage/connect_sessions.h"
#include "storage/postgres/row_reader.h"
#include "storage/record_columns.h"
#include "storage/turns.h"

#include <utility>

namespace evergrant::storage::postgres {

namespace {

struct SealedAuthorization {
    Box code_verifier;
    Box authorization_url;
    Box held;
    std::optional<std::uint64_t> key;
};

SealedAuthorization seal_now(Session& session, const PendingAuthorization& pending) {
    SealedAuthorization sealed;
    sealed.code_verifier = session.seal(place_of(pending, "code_verifier"), pending.code_verifier.reveal());
    sealed.authorization_url = session.seal(place_of(pending, "authorization_url"), pending.authorization_url.reveal());
    sealed.held = session.seal(place_of(pending, "held"), pending.held.reveal());
    sealed.key = common_key({&sealed.code_verifier, &sealed.authorization_url, &sealed.held});
    return sealed;
}

std::optional<Bytes> hash_column(std::string_view hash) {
    return hash.empty() ? std::nullopt : std::optional(Bytes{hash});
}

Batch saving_batch(const PendingAuthorization& pending, const SealedAuthorization& sealed) {
    Batch batch;
    batch.statements.push_back(lock_key(sealed.key));
    batch.statements.emplace_back(
        "INSERT INTO oauth_states (state_hash, tenant_id, integration_id, provider, client_id, params, scopes,"
        " redirect_uri, issuer, issuer_required, nonce, redirect_to, started_by, ticket_hash, browser_hash, created_at,"
        " expires_at, code_verifier, authorization_url, held)"
        " SELECT $1::bytea, $2, $3, $4, $5, $6, $7, $8, $9, $10::boolean, $11, $12, $13, $14::bytea, $15::bytea,"
        " $16::bigint, $17::bigint, $18::bytea, $19::bytea, $21::bytea"
        " WHERE $20::bigint IS NULL OR EXISTS (SELECT 1 FROM data_keys WHERE id = $20::bigint)"
        " ON CONFLICT DO NOTHING",
        Bytes{pending.state_hash}, pending.key.tenant.str(), pending.key.integration.str(), pending.provider.str(),
        pending.client_id, to_column(pending.params), to_column(pending.scopes), pending.redirect_uri, pending.issuer,
        pending.issuer_required, pending.nonce, pending.redirect_to, pending.started_by,
        hash_column(pending.ticket_hash), hash_column(pending.browser_hash), pending.created_at, pending.expires_at,
        sealed.code_verifier.column(), sealed.authorization_url.column(), sealed.key, sealed.held.column());
    return batch;
}

/// What the row says, its secrets opened. Nothing if there is none, or it has expired.
Task<Result<std::optional<PendingAuthorization>>> opened(Session* session, const Rows* rows, std::string state_hash,
                                                         Instant now) {
    if (rows->empty())
        co_return std::optional<PendingAuthorization>();
    RowReader row(*rows);
    PendingAuthorization pending = read_authorization(row, state_hash);
    if (pending.expires_at <= now)
        co_return std::optional<PendingAuthorization>();
    const auto verifier = row.bytes();
    const auto url = row.bytes();
    const auto held = row.bytes();
    std::vector<const std::optional<std::string>*> boxes = {&verifier, &url, &held};
    auto learned = co_await session->learn_keys_of(std::move(boxes));
    if (!learned)
        co_return std::unexpected(std::move(learned).error());
    pending.code_verifier = session->open(place_of(pending, "code_verifier"), verifier);
    pending.authorization_url = session->open(place_of(pending, "authorization_url"), url);
    pending.held = session->open(place_of(pending, "held"), held);
    co_return std::optional<PendingAuthorization>(std::move(pending));
}

}  // namespace

Task<Result<void>> save_authorization(Session* session, PendingAuthorization pending) {
    const PendingAuthorization* saved = &pending;
    for (int tries = 0; tries < Session::most_tries; ++tries) {
        std::function<SealedAuthorization()> work = [=] { return seal_now(*session, *saved); };
        const auto sealed = co_await session->sealed(pending.key.tenant.str(), std::move(work));
        if (!sealed)
            co_return std::unexpected(sealed.error());
        Batch batch = saving_batch(pending, *sealed);
        const auto answers = co_await session->run(std::move(batch));
        if (!answers)
            co_return std::unexpected(answers.error());
        if (answers->back().affected() == 1)
            co_return Result<void>();
        if (!sealed->key || !answers->front().empty())
            co_return failure(Errc::conflict, "An authorization with this state or ticket is already under way.");
        session->forget(pending.key.tenant.str());  // the key was destroyed meanwhile
    }
    co_return Session::out_of_tries();
}

Task<Result<std::optional<PendingAuthorization>>> find_authorization(Session* session, std::string state_hash) {
    static const std::string sql =
        "SELECT " + authorization_columns + " FROM oauth_states WHERE state_hash = $1::bytea";
    Statement finding(sql, Bytes{state_hash});
    const auto rows = co_await session->read(std::move(finding));
    if (!rows)
        co_return std::unexpected(rows.error());
    co_return co_await opened(session, &*rows, std::move(state_hash), Instant::min());
}

Task<Result<std::optional<PendingAuthorization>>> spend_authorization(Session* session, std::string state_hash,
                                                                      Instant now) {
    static const std::string sql =
        "DELETE FROM oauth_states WHERE state_hash = $1::bytea RETURNING " + authorization_columns;
    Statement spending(sql, Bytes{state_hash});
    const auto rows = co_await session->write(std::move(spending));
    if (!rows)
        co_return std::unexpected(rows.error());
    co_return co_await opened(session, &*rows, std::move(state_hash), now);
}

Task<Result<std::optional<SecretString>>> open_ticket(Session* session, std::string ticket_hash,
                                                      std::string browser_hash, Instant now) {
    Statement opening(
        "UPDATE oauth_states SET browser_hash = $2::bytea WHERE ticket_hash = $1::bytea AND browser_hash IS NULL"
        " AND expires_at > $3::bigint RETURNING tenant_id, state_hash, authorization_url",
        Bytes{ticket_hash}, Bytes{browser_hash}, now);
    const auto rows = co_await session->write(std::move(opening));
    if (!rows)
        co_return std::unexpected(rows.error());
    if (rows->empty())
        co_return std::optional<SecretString>();
    RowReader row(*rows);
    PendingAuthorization pending;
    pending.key.tenant = TenantId(row.text());
    pending.state_hash = row.bytes().value_or("");
    const auto url = row.bytes();
    std::vector<const std::optional<std::string>*> boxes = {&url};
    auto learned = co_await session->learn_keys_of(std::move(boxes));
    if (!learned)
        co_return std::unexpected(std::move(learned).error());
    co_return session->open(place_of(pending, "authorization_url"), url);
}

Task<Result<std::size_t>> sweep_authorizations(Session* session, Instant now) {
    Batch batch;
    batch.use = Batch::Use::write;
    batch.statements.emplace_back("DELETE FROM oauth_states WHERE expires_at <= $1::bigint", now);
    // Not those that ended just now: somebody who waits for the row may have read the clock before the end.
    batch.statements.emplace_back("DELETE FROM budgets WHERE window_ends_at <= evergrant_now() - 60000");
    batch.statements.emplace_back("DELETE FROM connect_sessions WHERE expires_at <= $1::bigint",
                                  now - connect_sessions_are_kept);
    batch.statements.emplace_back("DELETE FROM turns WHERE until <= evergrant_now() - $1::bigint",
                                  std::int64_t{std::chrono::milliseconds(turn_memory).count()});
    const auto answers = co_await session->run(std::move(batch));
    if (!answers)
        co_return std::unexpected(answers.error());
    co_return static_cast<std::size_t>(answers->front().affected());
}

}  // namespace evergrant::storage::postgres
