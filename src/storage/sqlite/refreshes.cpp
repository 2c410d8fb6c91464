#include "storage/sqlite/refreshes.h"

#include "base/crash_point.h"
#include "storage/columns.h"
#include "storage/connection_columns.h"
#include "storage/sqlite/app_credentials.h"
#include "storage/sqlite/claims.h"
#include "storage/sqlite/connections.h"

#include <utility>

namespace evergrant::storage::sqlite {

namespace {

/// Until when somebody other than `owner` holds the lease; nothing: nobody does.
std::optional<Instant> held_by_another(Session& session, const ConnectionKey& key, std::string_view owner) {
    Statement row = session.database().query(
        "SELECT lease_expires_at FROM refresh_intents WHERE tenant_id = ?1 AND integration_id = ?2"
        " AND lease_owner <> ?3 AND lease_expires_at > ?4",
        key.tenant.str(), key.integration.str(), owner, session.now());
    if (!row.step())
        return std::nullopt;
    return row.instant();
}

/// The intent as it stands after `request` has taken the lease: a new one, or the old one with one attempt more.
Intent write_intent(Session& session, const LeaseRequest& request, const Connection& connection, Instant expires_at) {
    Intent intent;
    intent.generation = connection.summary.generation;
    intent.owner = request.owner;
    intent.since = session.now();
    const std::optional<Intent>& earlier = connection.summary.intent;
    if (earlier && earlier->generation == intent.generation) {
        intent.since = earlier->since;
        intent.attempts = earlier->attempts + 1;
    }
    session.database().change(
        "INSERT INTO refresh_intents (tenant_id, integration_id, generation, since, owner, attempts, lease_owner,"
        " lease_expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?5, ?7)"
        " ON CONFLICT (tenant_id, integration_id) DO UPDATE SET generation = excluded.generation,"
        " since = excluded.since, owner = excluded.owner, attempts = excluded.attempts,"
        " lease_owner = excluded.lease_owner, lease_expires_at = excluded.lease_expires_at",
        request.key.tenant.str(), request.key.integration.str(), intent.generation, intent.since, intent.owner,
        intent.attempts, expires_at);
    return intent;
}

/// The generation that stands; nothing: there is no row, or another holds its lease.
std::optional<Generation> writable(Session& session, const Lease& lease) {
    Statement row =
        session.database().query("SELECT generation FROM oauth_tokens WHERE tenant_id = ?1 AND integration_id = ?2",
                                 lease.key.tenant.str(), lease.key.integration.str());
    if (!row.step() || held_by_another(session, lease.key, lease.owner))
        return std::nullopt;
    return row.number<Generation>();
}

void end_intent(Session& session, const ConnectionKey& key) {
    session.database().change("DELETE FROM refresh_intents WHERE tenant_id = ?1 AND integration_id = ?2",
                              key.tenant.str(), key.integration.str());
}

void end_lease(Session& session, const ConnectionKey& key) {
    session.database().change(
        "UPDATE refresh_intents SET lease_owner = NULL, lease_expires_at = NULL"
        " WHERE tenant_id = ?1 AND integration_id = ?2",
        key.tenant.str(), key.integration.str());
}

}  // namespace

std::optional<RefreshBasis> find_refresh_basis(Session& session, const ConnectionKey& key) {
    std::optional<Connection> found = find_connection(session, key);
    if (!found)
        return std::nullopt;
    auto own = find_app_credentials(session, key.tenant, found->summary.provider);
    return RefreshBasis{std::move(*found), std::move(own)};
}

Result<LeaseAnswer> take_lease(Session& session, const LeaseRequest& request) {
    std::optional<Connection> found = find_connection(session, request.key);
    if (!found)
        return failure(Errc::no_connection, "The tenant holds no grant there.");
    const ConnectionSummary& summary = found->summary;
    const bool refreshed = request.newer_than != 0 && summary.generation > request.newer_than;
    if (refreshed || summary.status == ConnectionStatus::invalid || !summary.renewable)
        return AlreadyRefreshed{std::move(*found)};
    if (const auto until = held_by_another(session, request.key, request.owner))
        return LeaseHeld{*until};
    const Instant expires_at = session.now() + request.duration;
    found->summary.intent = write_intent(session, request, *found, expires_at);
    crash_point("intent_not_committed");
    Lease lease{request.key, request.owner, summary.generation, expires_at};
    return LeaseTaken{std::move(lease), std::move(*found)};
}

bool renew_lease(Session& session, const Lease& lease, std::chrono::milliseconds duration) {
    const Instant now = session.now();
    return session.database().change(
               "UPDATE refresh_intents SET lease_expires_at = ?5 WHERE tenant_id = ?1 AND integration_id = ?2"
               " AND generation = ?3 AND lease_owner = ?4 AND lease_expires_at > ?6",
               lease.key.tenant.str(), lease.key.integration.str(), lease.generation, lease.owner, now + duration,
               now) == 1;
}

bool complete_refresh(Session& session, const RefreshedGrant& refreshed) {
    const Lease& lease = refreshed.lease;
    const auto standing = writable(session, lease);
    if (!standing || *standing > lease.generation)
        return false;
    const oauth::TokenSet& tokens = refreshed.tokens;
    const Generation next = lease.generation + 1;
    const auto sealed = seal_tokens(session, lease.key, next, tokens);
    session.database().change(
        "UPDATE oauth_tokens SET status = 'healthy', generation = ?4, scopes = ?5, expires_at_s = ?6, last_error = '',"
        " failures = 0, next_try_at = ?7, last_refresh = ?8, updated_at = ?8, token_type = ?9, lifetime_s = ?10,"
        " access_token = ?11, refresh_token = ?12, metadata = ?13, last_check_at = ?8,"
        " next_check_at = min(coalesce(next_check_at, ?14), coalesce(?14, next_check_at)),"
        " dies_at_s = coalesce(?15, dies_at_s),"
        " renewal_notice = CASE WHEN ?15 > dies_at_s + 86400 THEN 0 ELSE renewal_notice END,"
        " told_notice = CASE WHEN ?15 > dies_at_s + 86400 THEN 0 ELSE told_notice END,"
        " notice_alert = CASE WHEN ?15 > dies_at_s + 86400 THEN '' ELSE notice_alert END,"
        " dies_moved_at = CASE WHEN ?15 > dies_at_s + 60 THEN ?8 ELSE dies_moved_at END"
        " WHERE tenant_id = ?1 AND integration_id = ?2 AND generation = ?3",
        lease.key.tenant.str(), lease.key.integration.str(), *standing, next, to_column(tokens.scopes),
        tokens.expires_at, refreshed.refresh_due_at, session.now(), tokens.token_type, tokens.lifetime.count(),
        sealed.access_token.column(), sealed.refresh_token.column(), sealed.metadata.column(), refreshed.check_at,
        refreshed.dies_at);
    end_intent(session, lease.key);
    end_claim(session, lease.key);
    crash_point("token_set_not_committed");
    return true;
}

bool fail_refresh(Session& session, const Lease& lease, const RefreshFailure& failure) {
    if (writable(session, lease) != lease.generation)
        return false;
    const bool dead = failure.status == ConnectionStatus::invalid;
    session.database().change(
        "UPDATE oauth_tokens SET status = ?4, last_error = ?5, failures = failures + 1, next_try_at = ?6,"
        " updated_at = ?7, last_check_at = ?7,"
        " next_check_at = CASE WHEN ?4 = 'invalid' THEN NULL ELSE next_check_at END"
        " WHERE tenant_id = ?1 AND integration_id = ?2 AND generation = ?3",
        lease.key.tenant.str(), lease.key.integration.str(), lease.generation, name_of(failure.status), failure.error,
        dead ? std::nullopt : failure.next_try_at, session.now());
    if (failure.keep_intent)
        end_lease(session, lease.key);
    else
        end_intent(session, lease.key);
    end_claim(session, lease.key);
    return true;
}

}  // namespace evergrant::storage::sqlite
