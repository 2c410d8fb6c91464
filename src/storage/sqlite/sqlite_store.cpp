#include "storage/sqlite/sqlite_store.h"

#include "storage/copy.h"
#include "storage/sqlite/api_keys.h"
#include "storage/sqlite/app_credentials.h"
#include "storage/sqlite/audit.h"
#include "storage/sqlite/authorizations.h"
#include "storage/sqlite/budgets.h"
#include "storage/sqlite/claims.h"
#include "storage/sqlite/connections.h"
#include "storage/sqlite/contents.h"
#include "storage/sqlite/health.h"
#include "storage/sqlite/master_keys.h"
#include "storage/sqlite/refreshes.h"
#include "storage/sqlite/startup.h"
#include "storage/sqlite/tenants.h"
#include "storage/sqlite/turn_calls.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace evergrant::storage {

namespace {

using sqlite::Session;

class SqliteStore final : public Store, public StoreContents, public sqlite::TurnCalls {
public:
    SqliteStore(sqlite::Engine engine, Metrics* metrics) : TurnCalls(std::move(engine), metrics) {}

    Task<Result<std::optional<Connection>>> find_connection(ConnectionKey key) override {
        return read<std::optional<Connection>>(
            [key = std::move(key)](Session& session) { return sqlite::find_connection(session, key); });
    }

    Task<Result<std::optional<RefreshBasis>>> find_refresh_basis(ConnectionKey key) override {
        return read<std::optional<RefreshBasis>>(
            [key = std::move(key)](Session& session) { return sqlite::find_refresh_basis(session, key); });
    }

    Task<Result<Page<ConnectionSummary>>> list_connections(ConnectionFilter filter, std::string cursor,
                                                           std::size_t limit) override {
        return read<Page<ConnectionSummary>>(
            [filter = std::move(filter), cursor = std::move(cursor), limit](Session& session) {
                return sqlite::list_connections(session, filter, cursor, limit);
            });
    }

    Task<Result<Connection>> save_grant(NewGrant grant) override {
        return change<Connection>(
            [grant = std::move(grant)](Session& session) { return sqlite::save_grant(session, grant); });
    }

    Task<Result<Connection>> begin_grant(NewGrant grant) override {
        return change<Connection>(
            [grant = std::move(grant)](Session& session) { return sqlite::begin_grant(session, grant); });
    }

    Task<Result<bool>> abandon_grant(ConnectionKey key, Generation generation) override {
        return change<bool>([key = std::move(key), generation](Session& session) {
            return sqlite::abandon_grant(session, key, generation);
        });
    }

    Task<Result<std::optional<Connection>>> remove_connection(ConnectionKey key) override {
        return change<std::optional<Connection>>(
            [key = std::move(key)](Session& session) { return sqlite::remove_connection(session, key); });
    }

    Task<Result<LeaseAnswer>> take_lease(LeaseRequest request) override {
        return change<LeaseAnswer>(
            [request = std::move(request)](Session& session) { return sqlite::take_lease(session, request); });
    }

    Task<Result<bool>> renew_lease(Lease lease, std::chrono::milliseconds duration) override {
        return change<bool>([lease = std::move(lease), duration](Session& session) {
            return sqlite::renew_lease(session, lease, duration);
        });
    }

    Task<Result<bool>> complete_refresh(RefreshedGrant refreshed) override {
        return change<bool>([refreshed = std::move(refreshed)](Session& session) {
            return sqlite::complete_refresh(session, refreshed);
        });
    }

    Task<Result<bool>> fail_refresh(Lease lease, RefreshFailure failure) override {
        return change<bool>([lease = std::move(lease), failure = std::move(failure)](Session& session) {
            return sqlite::fail_refresh(session, lease, failure);
        });
    }

    Task<Result<std::vector<DueConnection>>> claim_due_connections(DueClaim claim) override {
        return change<std::vector<DueConnection>>(
            [claim = std::move(claim)](Session& session) { return sqlite::claim_due_connections(session, claim); });
    }

    Task<Result<bool>> postpone_due_connection(DueConnection due, std::chrono::milliseconds pause) override {
        return change<bool>([due = std::move(due), pause](Session& session) {
            return sqlite::postpone_due_connection(session, due, pause);
        });
    }

    Task<Result<BudgetShare>> reserve_budget(BudgetRequest request) override {
        return change<BudgetShare>(
            [request = std::move(request)](Session& session) { return sqlite::reserve_budget(session, request); });
    }

    Task<Result<std::vector<DueCheck>>> claim_due_checks(CheckClaim claim) override {
        return change<std::vector<DueCheck>>(
            [claim](Session& session) { return sqlite::claim_due_checks(session, claim); });
    }

    Task<Result<bool>> record_check(CheckFinding finding) override {
        return change<bool>(
            [finding = std::move(finding)](Session& session) { return sqlite::record_check(session, finding); });
    }

    Task<Result<std::size_t>> demand_checks(CheckDemand demand) override {
        return change<std::size_t>(
            [demand = std::move(demand)](Session& session) { return sqlite::demand_checks(session, demand); });
    }
    Task<Result<Page<HealthReport>>> list_health(HealthFilter filter, std::string cursor, std::size_t limit) override {
        return read<Page<HealthReport>>(
            [filter = std::move(filter), cursor = std::move(cursor), limit](Session& session) {
                return sqlite::list_health(session, filter, cursor, limit);
            });
    }

    Task<Result<HealthCounts>> count_health(HealthFilter filter) override {
        return read<HealthCounts>(
            [filter = std::move(filter)](Session& session) { return sqlite::count_health(session, filter); });
    }

    Task<Result<NextExpiries>> next_expiries() override {
        return read<NextExpiries>([](Session& session) { return sqlite::next_expiries(session); });
    }

    Task<Result<void>> save_authorization(PendingAuthorization pending) override {
        return change<void>(
            [pending = std::move(pending)](Session& session) { return sqlite::save_authorization(session, pending); });
    }

    Task<Result<std::optional<PendingAuthorization>>> spend_authorization(std::string state_hash,
                                                                          Instant now) override {
        return change<std::optional<PendingAuthorization>>([state_hash = std::move(state_hash), now](Session& session) {
            return sqlite::spend_authorization(session, state_hash, now);
        });
    }

    Task<Result<std::optional<SecretString>>> open_ticket(std::string ticket_hash, std::string browser_hash,
                                                          Instant now) override {
        return change<std::optional<SecretString>>(
            [ticket_hash = std::move(ticket_hash), browser_hash = std::move(browser_hash), now](Session& session) {
                return sqlite::open_ticket(session, ticket_hash, browser_hash, now);
            });
    }

    Task<Result<std::size_t>> sweep_authorizations(Instant now) override {
        return change<std::size_t>([now](Session& session) { return sqlite::sweep_authorizations(session, now); });
    }

    Task<Result<Tenant>> create_tenant(Tenant tenant) override {
        return change<Tenant>(
            [tenant = std::move(tenant)](Session& session) { return sqlite::create_tenant(session, tenant); });
    }

    Task<Result<std::optional<Tenant>>> find_tenant(TenantId id) override {
        return read<std::optional<Tenant>>(
            [id = std::move(id)](Session& session) { return sqlite::find_tenant(session, id); });
    }

    Task<Result<Page<Tenant>>> list_tenants(std::string cursor, std::size_t limit) override {
        return read<Page<Tenant>>([cursor = std::move(cursor), limit](Session& session) {
            return sqlite::list_tenants(session, cursor, limit);
        });
    }

    Task<Result<Tenant>> update_tenant(Tenant tenant) override {
        return change<Tenant>(
            [tenant = std::move(tenant)](Session& session) { return sqlite::update_tenant(session, tenant); });
    }

    Task<Result<bool>> remove_tenant(TenantId id) override {
        return change<bool>([id = std::move(id)](Session& session) { return sqlite::remove_tenant(session, id); });
    }

    Task<Result<void>> save_app_credentials(AppCredentials credentials) override {
        return change<void>([credentials = std::move(credentials)](Session& session) {
            sqlite::save_app_credentials(session, credentials, session.now());
            return Result<void>{};
        });
    }

    Task<Result<std::optional<AppCredentials>>> find_app_credentials(std::optional<TenantId> tenant,
                                                                     ProviderId provider) override {
        return read<std::optional<AppCredentials>>(
            [tenant = std::move(tenant), provider = std::move(provider)](Session& session) {
                return sqlite::find_app_credentials(session, tenant, provider);
            });
    }

    Task<Result<bool>> remove_app_credentials(std::optional<TenantId> tenant, ProviderId provider) override {
        return change<bool>([tenant = std::move(tenant), provider = std::move(provider)](Session& session) {
            return sqlite::remove_app_credentials(session, tenant, provider);
        });
    }

    Task<Result<void>> save_api_key(ApiKey key) override {
        return change<void>([key = std::move(key)](Session& session) {
            sqlite::save_api_key(session, key);
            return Result<void>{};
        });
    }

    Task<Result<std::optional<ApiKey>>> find_api_key(std::string id) override {
        return read<std::optional<ApiKey>>(
            [id = std::move(id)](Session& session) { return sqlite::find_api_key(session, id); });
    }

    Task<Result<std::vector<ApiKey>>> list_api_keys() override {
        return read<std::vector<ApiKey>>([](Session& session) { return sqlite::list_api_keys(session); });
    }

    Task<Result<bool>> revoke_api_key(std::string id, sys_seconds at) override {
        return change<bool>(
            [id = std::move(id), at](Session& session) { return sqlite::revoke_api_key(session, id, at); });
    }

    Task<Result<void>> touch_api_keys(std::vector<std::pair<std::string, sys_seconds>> last_used) override {
        return change<void>([last_used = std::move(last_used)](Session& session) {
            sqlite::touch_api_keys(session, last_used);
            return Result<void>{};
        });
    }

    Task<Result<AuditPosition>> append_audit(std::vector<AuditEvent> events) override {
        return change<AuditPosition>([events = std::move(events)](Session& session) mutable {
            return sqlite::append_audit(session, std::move(events));
        });
    }

    Task<Result<Page<AuditRecord>>> list_audit(AuditFilter filter, std::string cursor, std::size_t limit) override {
        return read<Page<AuditRecord>>(
            [filter = std::move(filter), cursor = std::move(cursor), limit](Session& session) {
                return sqlite::list_audit(session, filter, cursor, limit);
            });
    }

    Task<Result<AuditCheck>> check_audit(std::uint64_t after, std::size_t limit) override {
        return read<AuditCheck>(
            [after, limit](Session& session) { return sqlite::check_audit(session, after, limit); });
    }

    Task<Result<AuditCheckpoint>> audit_checkpoint() override {
        return change<AuditCheckpoint>([](Session& session) { return sqlite::audit_checkpoint(session); });
    }

    Task<Result<AuditVerdict>> judge_checkpoint(AuditCheckpoint checkpoint) override {
        return read<AuditVerdict>([checkpoint = std::move(checkpoint)](Session& session) {
            return sqlite::judge_checkpoint(session, checkpoint);
        });
    }

    Task<Result<std::size_t>> remove_audit_older_than(std::chrono::milliseconds age, std::size_t limit) override {
        return change<std::size_t>(
            [age, limit](Session& session) { return sqlite::remove_audit_older_than(session, age, limit); });
    }

    Task<Result<std::vector<MasterKeyUse>>> master_key_uses() override {
        return read<std::vector<MasterKeyUse>>([](Session& session) { return sqlite::master_key_uses(session); });
    }

    Task<Result<std::size_t>> rewrap_data_keys(std::size_t limit) override {
        return change<std::size_t>([limit](Session& session) { return sqlite::rewrap_data_keys(session, limit); });
    }

    Task<Result<std::uint64_t>> data_keys_to_rewrap() override {
        return read<std::uint64_t>([](Session& session) { return sqlite::data_keys_to_rewrap(session); });
    }

    Task<Result<void>> hold_rotation(std::string key, std::chrono::milliseconds duration) override {
        return change<void>([key = std::move(key), duration](Session& session) {
            sqlite::hold_rotation(session, key, duration);
            return Result<void>{};
        });
    }
    Task<Result<bool>> take_up_rotation(std::string key, std::chrono::milliseconds duration) override {
        return change<bool>([key = std::move(key), duration](Session& session) {
            return sqlite::take_up_rotation(session, key, duration);
        });
    }
    Task<Result<void>> end_rotation(std::string key) override {
        return change<void>([key = std::move(key)](Session& session) {
            sqlite::end_rotation(session, key);
            return Result<void>{};
        });
    }
    Task<Result<void>> announce_replica(ReplicaNote note) override {
        return change<void>([note = std::move(note)](Session& session) {
            sqlite::announce_replica(session, note);
            return Result<void>{};
        });
    }

    Task<Result<void>> forget_replica(std::string id) override {
        return change<void>([id = std::move(id)](Session& session) {
            sqlite::forget_replica(session, id);
            return Result<void>{};
        });
    }

    Task<Result<std::vector<Replica>>> list_replicas(std::chrono::milliseconds age) override {
        return read<std::vector<Replica>>([age](Session& session) { return sqlite::list_replicas(session, age); });
    }

    Task<Health> health() override {
        Health health;
        health.engine = "sqlite";
        std::optional<Error> failure = engine_.writer->last_failure();
        if (failure) {
            // Asks the disk again, so that a store nobody writes to does not stay unhealthy.
            const Result<void> probed = co_await probe();
            failure = probed ? std::nullopt : std::optional(probed.error());
        }
        health.writable = !failure;
        if (failure)
            health.message = failure->message;
        co_return health;
    }

    Task<Result<bool>> first_time(std::string name) override {
        return change<bool>([name = std::move(name)](Session& session) {
            return session.database().change("INSERT INTO once (name, done_at) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                                             name, session.now()) == 1;
        });
    }

    Task<Result<std::string>> identity() override {
        return read<std::string>([](Session& session) { return sqlite::identity_of(session); });
    }

    Task<Result<ContentCounts>> count() override {
        return read<ContentCounts>([](Session& session) { return sqlite::count_contents(session); });
    }

    Task<Result<Page<ContentItem>>> read_page(ContentKind kind, std::string cursor, std::size_t limit) override {
        return read<Page<ContentItem>>([kind, cursor = std::move(cursor), limit](Session& session) {
            return sqlite::read_contents(session, kind, cursor, limit);
        });
    }

    Task<Result<void>> write_page(std::vector<ContentItem> items, std::string note) override {
        return change<void>([items = std::move(items), note = std::move(note)](Session& session) {
            return sqlite::write_contents(session, items, note);
        });
    }

    Task<Result<std::string>> note() override {
        return read<std::string>([](Session& session) { return sqlite::read_note(session); });
    }

private:
    Task<Result<void>> probe() {
        return change<void>([](Session& session) {
            session.database().change("INSERT OR REPLACE INTO store_state (name, value) VALUES ('last_probe', ?1)",
                                      session.now());
            return Result<void>{};
        });
    }
};

sqlite::Engine open_engine(const SqliteOptions& options, DataFolder folder, const std::filesystem::path& database,
                           std::unique_ptr<Sealer> sealer, const Clock& clock) {
    const auto session = [&](sqlite::Database::Use use) {
        return std::make_unique<Session>(database, use, *sealer, clock);
    };
    std::unique_ptr<Session> writing = session(sqlite::Database::Use::write);
    if (Result<void> prepared = sqlite::prepare(*writing); !prepared)
        throw StoreException(std::move(prepared).error());
    if (!options.for_copying && is_unfinished_copy(sqlite::read_note(*writing)))
        throw StoreException(
            Error{.code = Errc::conflict,
                  .message = "A copy into this store has not finished; run `evergrant storage copy` again."});
    std::vector<std::unique_ptr<Session>> reading;
    for (std::size_t count = 0; count < std::max<std::size_t>(options.readers, 1); ++count)
        reading.push_back(session(sqlite::Database::Use::read));
    const sqlite::Writer::Limits limits{options.queue_limit, std::max<std::size_t>(options.group_limit, 1)};
    auto writer = std::make_unique<sqlite::Writer>(std::move(writing), limits);
    auto readers = std::make_unique<sqlite::Readers>(std::move(reading), options.queue_limit);
    return {std::move(folder), std::move(sealer), std::move(writer), std::move(readers)};
}

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite_store(SqliteOptions options, KeyRing ring, crypto::Random& random,
                                                 const Clock& clock) {
    Result<DataFolder> folder = DataFolder::claim(options.folder);
    if (!folder)
        return std::unexpected(std::move(folder).error());
    const Result<std::filesystem::path> database = folder->private_file("evergrant.db", "database");
    if (!database)
        return std::unexpected(database.error());
    try {
        auto sealer = std::make_unique<Sealer>(std::move(ring), random);
        return std::make_unique<SqliteStore>(
            open_engine(options, std::move(*folder), *database, std::move(sealer), clock), options.metrics);
    } catch (...) {
        return std::unexpected(error_of_current_exception());
    }
}

}  // namespace evergrant::storage
