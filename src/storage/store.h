#pragma once
//
// Store: where everything durable lives. The interface is the intersection of what SQLite and PostgreSQL do well;
// every method is one atomic change. Sealing happens behind it: values come and go in the clear, rows hold boxes.
//
// Errors of every method: store_unavailable (with retry_after) when the engine cannot answer now. Others are named.
// Thread: any shard; the answer arrives on the caller's executor.
// Lifetime: ends before the shards that call it do; declare it after them.
// Cancellation: the caller leaves; a change already queued is still made.
//
#include "async/task.h"
#include "base/error.h"
#include "storage/audit.h"
#include "storage/connection.h"
#include "storage/health.h"
#include "storage/master_keys.h"
#include "storage/records.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace evergrant::storage {

using async::Task;

/// The right to spend one generation's refresh token, held by `owner` until `expires_at` of the store's clock.
struct Lease {
    ConnectionKey key;
    std::string owner;
    Generation generation{0};
    Instant expires_at;
};

/// Asks for the right to refresh. `newer_than`: the generation the caller holds and found wanting.
struct LeaseRequest {
    ConnectionKey key;
    std::string owner;
    std::chrono::milliseconds duration{0};
    Generation newer_than{0};
};

/// The lease is ours and the intent is durable: send now. `connection.summary.intent` tells how often this refresh
/// token has been presented; more than once means that an earlier answer was lost.
struct LeaseTaken {
    Lease lease;
    Connection connection;
};
/// Somebody refreshed meanwhile: this is what they wrote.
struct AlreadyRefreshed {
    Connection connection;
};
/// Somebody else holds the lease until then.
struct LeaseHeld {
    Instant until;
};
using LeaseAnswer = std::variant<LeaseTaken, AlreadyRefreshed, LeaseHeld>;

/// Asks for connections whose refresh is due, for one of many replicas to see to.
struct DueClaim {
    std::string owner;
    std::chrono::milliseconds duration{0};  ///< for which no other owner is offered them
    std::size_t limit{0};
    bool abandoned_only{false};  ///< only those whose lease ran out before its holder ended it
};

/// A connection offered by a claim, and the generation that is due: who finds a newer one has nothing to do.
struct DueConnection {
    ConnectionKey key;
    Generation generation{0};
};

/// Asks for a part of what all replicas together may do in a window of time.
struct BudgetRequest {
    std::string name;                ///< what is counted: "refreshes of provider x"
    std::chrono::seconds window{0};  ///< windows follow each other from 1970 on, by the store's clock
    std::uint64_t limit{0};          ///< in one window, of all together
    std::uint64_t wanted{0};
};
struct BudgetShare {
    std::uint64_t granted{0};                  ///< at most what was wanted; 0: used up
    std::chrono::milliseconds window_left{0};  ///< until the next window begins
};

/// What a refresh begins with. `own_credentials`: the tenant's; nothing if it uses the deployment's.
struct RefreshBasis {
    Connection connection;
    std::optional<AppCredentials> own_credentials;
};

/// A refresh that brought no token set: what the row shall say.
struct RefreshFailure {
    ConnectionStatus status{ConnectionStatus::refresh_failed};
    std::string error;  ///< one sentence, no secret
    std::optional<Instant> next_try_at;
    bool keep_intent{false};  ///< the refresh token may have been spent: the next try knows
};

/// A grant newly obtained, or brought from elsewhere.
struct NewGrant {
    ConnectionKey key;
    ProviderId provider;
    catalog::Parameters params;
    oauth::TokenSet tokens;
    std::optional<Instant> refresh_due_at;
    std::optional<Instant> check_at{};     ///< when it is to be looked at; nothing: only its refresh can tell
    std::optional<sys_seconds> dies_at{};  ///< a person must renew it by then
    oauth::GrantType grant_type{oauth::GrantType::authorization_code};
    std::vector<std::string> asked_scopes{};  ///< Connection's
    std::optional<oauth::Identity> granted_by{};

    [[nodiscard]] NewGrant clone() const {
        return {key,      provider, params,     tokens.clone(), refresh_due_at,
                check_at, dies_at,  grant_type, asked_scopes,   granted_by};
    }
};

/// A token set refreshed, to be written in place of generation `lease.generation`.
struct RefreshedGrant {
    Lease lease;
    oauth::TokenSet tokens;
    std::optional<Instant> refresh_due_at;
    std::optional<Instant> check_at{};     ///< when it is to be looked at, unless that is due before
    std::optional<sys_seconds> dies_at{};  ///< what the answer says of it; nothing: as it stood

    [[nodiscard]] RefreshedGrant clone() const { return {lease, tokens.clone(), refresh_due_at, check_at, dies_at}; }
};

struct ConnectionFilter {
    std::optional<TenantId> tenant;
    std::optional<ProviderId> provider;
    std::optional<ConnectionStatus> status;
};

/// A page of a list in key order. `cursor` is opaque; empty begins, and an empty next_cursor ends.
template <class T>
struct Page {
    std::vector<T> items;
    std::string next_cursor;
};

class Store {
public:
    virtual ~Store() = default;

    // Connections.

    /// Nothing if there is none.
    virtual Task<Result<std::optional<Connection>>> find_connection(ConnectionKey key) = 0;
    /// The connection and, in the same look, the app credentials that its tenant has at its provider.
    virtual Task<Result<std::optional<RefreshBasis>>> find_refresh_basis(ConnectionKey key) = 0;
    virtual Task<Result<Page<ConnectionSummary>>> list_connections(ConnectionFilter filter, std::string cursor,
                                                                   std::size_t limit) = 0;
    /// Inserts, or replaces whatever stood under the key: with `generation_after`, lease and intent end, status is
    /// healthy. A key is never given a generation again, not even after its removal: an older refresh cannot write over
    /// the new. The tenant need not exist: its data key is made if it has none.
    virtual Task<Result<Connection>> save_grant(NewGrant grant) = 0;
    /// Inserts if nothing stands under the key; answers what stands then.
    virtual Task<Result<Connection>> begin_grant(NewGrant grant) = 0;
    /// Removes what `begin_grant` has inserted if that generation stands still. False: it does not.
    virtual Task<Result<bool>> abandon_grant(ConnectionKey key, Generation generation) = 0;
    /// Removes it and returns what it was, for revocation. Nothing if there was none. A refresh under way can no longer
    /// write. Sealed values that do not open do not keep it: it is returned without them.
    virtual Task<Result<std::optional<Connection>>> remove_connection(ConnectionKey key) = 0;

    // Refresh: steps 3 to 7 of ARCHITECTURE.md's "A refresh".

    /// Looks again, takes the lease and writes the intent, in one durable change. Errors: no_connection.
    /// AlreadyRefreshed also answers for a connection that is invalid or has no refresh token: there is nothing to
    /// spend, and this is how it stands. `newer_than` 0 asks whatever the generation. An owner may take its own lease
    /// again; that counts as one more attempt.
    virtual Task<Result<LeaseAnswer>> take_lease(LeaseRequest request) = 0;
    /// Extends the lease. False: it has expired or is no longer ours, and nothing may be sent.
    virtual Task<Result<bool>> renew_lease(Lease lease, std::chrono::milliseconds duration) = 0;
    /// Writes the new token set, ends intent and lease, clears failures. False: a newer generation stands or the
    /// connection is gone; nothing is written. An older one is written over: a failover has lost what stood. The
    /// lease's owner is compared only if the lease is still held by another: then, too, it is false, although the
    /// generation stands; once that lease has ended the same write is taken, even over `invalid`.
    virtual Task<Result<bool>> complete_refresh(RefreshedGrant refreshed) = 0;
    /// Records the failure and ends the lease. False: as above, and also over an older generation.
    virtual Task<Result<bool>> fail_refresh(Lease lease, RefreshFailure failure) = 0;
    /// Connections whose refresh is due by the store's clock, soonest first, by an index, and those whose lease ran out
    /// before its holder ended it (it died, or lost the store): their answer may be lost. Dead ones never are, nor
    /// those whose lease is held. Nobody else is offered them until the claim's time is over or their refresh ends.
    virtual Task<Result<std::vector<DueConnection>>> claim_due_connections(DueClaim claim) = 0;
    /// Ends the claim of what could not be begun, and offers it again after `pause` only, behind what is due before.
    /// False: the generation is no longer current, or its lease is held or was abandoned; nothing is changed.
    virtual Task<Result<bool>> postpone_due_connection(DueConnection due, std::chrono::milliseconds pause) = 0;
    /// Takes a part of a window's budget. Unused parts are lost with the window.
    virtual Task<Result<BudgetShare>> reserve_budget(BudgetRequest request) = 0;

    // Health. A refresh that ends is a check, too: it is dated by last_check_at.

    /// Connections that are to be looked at by the store's clock, soonest first, by an index. Dead ones never are.
    /// Nobody else is offered them until the claim's time is over or what was found is recorded.
    virtual Task<Result<std::vector<DueCheck>>> claim_due_checks(CheckClaim claim) = 0;
    /// Writes what was found, and when to look again. False: the generation is no longer current or is dead, or death
    /// was found of one with a refresh token, of which only its refresh can tell it; nothing is changed. Of a dead one
    /// the end of its access token is taken still.
    virtual Task<Result<bool>> record_check(CheckFinding finding) = 0;
    /// Plans them; how many. Cost goes by an index on them: none if all are planned.
    virtual Task<Result<std::size_t>> demand_checks(CheckDemand demand) = 0;
    /// `expiring` and `healthy` are told apart by the store's clock.
    virtual Task<Result<Page<HealthReport>>> list_health(HealthFilter filter, std::string cursor,
                                                         std::size_t limit) = 0;
    /// Cost grows with what is stored. PostgreSQL gives it up after `longest_count`: store_unavailable.
    virtual Task<Result<HealthCounts>> count_health(HealthFilter filter) = 0;
    /// By the store's clock, and by an index.
    virtual Task<Result<NextExpiries>> next_expiries() = 0;

    // Authorizations under way.

    /// Errors: conflict if its state or ticket is in use.
    virtual Task<Result<void>> save_authorization(PendingAuthorization pending) = 0;
    /// Takes it out: of two who ask, one gets it. Nothing if unknown, spent or expired at `now` (from expires_at on).
    virtual Task<Result<std::optional<PendingAuthorization>>> spend_authorization(std::string state_hash,
                                                                                  Instant now) = 0;
    /// Opens a start ticket once: binds the browser and returns where it goes. Nothing if unknown, opened or expired.
    virtual Task<Result<std::optional<SecretString>>> open_ticket(std::string ticket_hash, std::string browser_hash,
                                                                  Instant now) = 0;
    /// How many were removed.
    virtual Task<Result<std::size_t>> sweep_authorizations(Instant now) = 0;

    // Tenants.

    /// The store's clock dates it. Errors: conflict if it exists.
    virtual Task<Result<Tenant>> create_tenant(Tenant tenant) = 0;
    virtual Task<Result<std::optional<Tenant>>> find_tenant(TenantId id) = 0;
    virtual Task<Result<Page<Tenant>>> list_tenants(std::string cursor, std::size_t limit) = 0;
    /// Errors: tenant_not_found.
    virtual Task<Result<Tenant>> update_tenant(Tenant tenant) = 0;
    /// Removes the tenant, its connections, credentials and pending authorizations, and destroys its data key.
    /// False if nothing was held of that name. The log that held the key is emptied before the answer if no reader is
    /// in the way, else within seconds of its leaving.
    virtual Task<Result<bool>> remove_tenant(TenantId id) = 0;

    // App credentials.

    virtual Task<Result<void>> save_app_credentials(AppCredentials credentials) = 0;
    /// Exactly that scope: no fallback from tenant to deployment.
    virtual Task<Result<std::optional<AppCredentials>>> find_app_credentials(std::optional<TenantId> tenant,
                                                                             ProviderId provider) = 0;
    virtual Task<Result<bool>> remove_app_credentials(std::optional<TenantId> tenant, ProviderId provider) = 0;

    // API keys.

    virtual Task<Result<void>> save_api_key(ApiKey key) = 0;
    virtual Task<Result<std::optional<ApiKey>>> find_api_key(std::string id) = 0;
    virtual Task<Result<std::vector<ApiKey>>> list_api_keys() = 0;
    /// False if there is none.
    virtual Task<Result<bool>> revoke_api_key(std::string id, sys_seconds at) = 0;
    virtual Task<Result<void>> touch_api_keys(std::vector<std::pair<std::string, sys_seconds>> last_used) = 0;

    // The audit log: storage/audit.h.

    /// Appends the events in order to the one chain of all replicas, and tells where it ends then. Events whose answer
    /// was lost may stand there: written again they stand there twice.
    virtual Task<Result<AuditPosition>> append_audit(std::vector<AuditEvent> events) = 0;
    /// Newest first. Errors: invalid_request for a cursor.
    virtual Task<Result<Page<AuditRecord>>> list_audit(AuditFilter filter, std::string cursor, std::size_t limit) = 0;
    /// Checks up to `limit` rows that come after row `after`; 0 begins.
    virtual Task<Result<AuditCheck>> check_audit(std::uint64_t after, std::size_t limit) = 0;
    virtual Task<Result<AuditCheckpoint>> audit_checkpoint() = 0;
    virtual Task<Result<AuditVerdict>> judge_checkpoint(AuditCheckpoint checkpoint) = 0;
    /// Removes up to `limit` of the first rows that happened before then by the store's clock; how many. A row that did
    /// not keeps those after it.
    virtual Task<Result<std::size_t>> remove_audit_older_than(std::chrono::milliseconds age, std::size_t limit) = 0;

    // Master keys: storage/master_keys.h.

    /// Of every master key that seals anything. Looks at all data keys: for people who ask.
    virtual Task<Result<std::vector<MasterKeyUse>>> master_key_uses() = 0;
    /// Seals up to `limit` data keys anew, under the first master key; how many. 0: none stands under another. The
    /// deployment's come first: from then on no process starts that lacks the first key. Errors: internal_error if one
    /// does not open.
    virtual Task<Result<std::size_t>> rewrap_data_keys(std::size_t limit) = 0;
    /// How many stand under another master key than the first. By an index.
    virtual Task<Result<std::uint64_t>> data_keys_to_rewrap() = 0;
    /// Notes that data keys are being sealed anew under `key`, by somebody who will say so again within `duration`, or
    /// who leaves it to whoever asks after that.
    virtual Task<Result<void>> hold_rotation(std::string key, std::chrono::milliseconds duration) = 0;
    /// Takes up a rotation to `key` that nobody holds any more, for `duration`. False: there is none, or it is held.
    virtual Task<Result<bool>> take_up_rotation(std::string key, std::chrono::milliseconds duration) = 0;
    virtual Task<Result<void>> end_rotation(std::string key) = 0;
    /// The store's clock dates it. What was not heard of for a day is forgotten.
    virtual Task<Result<void>> announce_replica(ReplicaNote note) = 0;
    virtual Task<Result<void>> forget_replica(std::string id) = 0;
    /// Those heard within `age` by the store's clock.
    virtual Task<Result<std::vector<Replica>>> list_replicas(std::chrono::milliseconds age) = 0;

    // The engine.

    struct Health {
        std::string engine;  ///< "sqlite", "postgresql"
        bool writable{false};
        std::string message;  ///< one sentence when it is not
    };
    virtual Task<Health> health() = 0;
    /// Things done once, ever: true the first time `name` is asked for (seeding the environment's refresh token).
    virtual Task<Result<bool>> first_time(std::string name) = 0;
};

}  // namespace evergrant::storage
