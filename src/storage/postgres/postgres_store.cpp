#include "storage/postgres/postgres_store.h"

#include "storage/alerts.h"
#include "storage/copy.h"
#include "storage/postgres/alert_ends.h"
#include "storage/postgres/alerts.h"
#include "storage/postgres/api_keys.h"
#include "storage/postgres/app_credentials.h"
#include "storage/postgres/audit.h"
#include "storage/postgres/authorizations.h"
#include "storage/postgres/blocking.h"
#include "storage/postgres/budgets.h"
#include "storage/postgres/claims.h"
#include "storage/postgres/connect_sessions.h"
#include "storage/postgres/connections.h"
#include "storage/postgres/contents.h"
#include "storage/postgres/health.h"
#include "storage/postgres/launch_issuers.h"
#include "storage/postgres/master_keys.h"
#include "storage/postgres/refreshes.h"
#include "storage/postgres/revocations.h"
#include "storage/postgres/signing_keys.h"
#include "storage/postgres/startup.h"
#include "storage/postgres/tenants.h"
#include "storage/postgres/turns.h"
#include "storage/store_exception.h"

#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <stdexcept>
#include <type_traits>
#include <utility>

namespace evergrant::storage {

namespace {

using postgres::Session;

constexpr std::string_view name_of_copies = "evergrant-copy";  // not the one that servers are known by

/// What all shards share.
struct Keys {
    Keys(KeyRing ring, crypto::Random& random) : sealer(std::move(ring), random) {}
    Sealer sealer;
    postgres::DataKeys known;
};

postgres::PoolOptions pool_options(const PostgresOptions& options) {
    postgres::PoolOptions pool;
    pool.url = options.url;
    pool.connections = options.connections_per_shard;
    pool.queue_limit = options.queue_limit;
    pool.connect_timeout = options.connect_timeout;
    pool.answer_timeout = options.answer_timeout;
    if (options.for_copying)
        pool.application_name = name_of_copies;
    return pool;
}

class PostgresStore final : public Store,
                            public StoreContents,
                            public AlertStore,
                            public RevocationStore,
                            public SigningKeyStore,
                            public ConnectSessionStore,
                            public LaunchIssuerStore,
                            public TurnStore {
public:
    PostgresStore(const PostgresOptions& options, std::unique_ptr<Keys> keys,
                  const std::vector<boost::asio::io_context*>& shards)
        : keys_(std::move(keys)) {
        for (boost::asio::io_context* context : shards)
            shards_.push_back(std::make_unique<ShardOfStore>(*context, pool_options(options), *keys_, options.metrics));
    }

    Task<Result<std::optional<Connection>>> find_connection(ConnectionKey key) override {
        return answered<std::optional<Connection>>(postgres::find_connection, std::move(key));
    }
    Task<Result<std::optional<RefreshBasis>>> find_refresh_basis(ConnectionKey key) override {
        return answered<std::optional<RefreshBasis>>(postgres::find_refresh_basis, std::move(key));
    }
    Task<Result<Page<ConnectionSummary>>> list_connections(ConnectionFilter filter, std::string cursor,
                                                           std::size_t limit) override {
        return answered<Page<ConnectionSummary>>(postgres::list_connections, std::move(filter), std::move(cursor),
                                                 limit);
    }
    Task<Result<Connection>> save_grant(NewGrant grant) override {
        return answered<Connection>(postgres::save_grant, std::move(grant));
    }
    Task<Result<Connection>> begin_grant(NewGrant grant) override {
        return answered<Connection>(postgres::begin_grant, std::move(grant));
    }
    Task<Result<bool>> abandon_grant(ConnectionKey key, Generation generation) override {
        return answered<bool>(postgres::abandon_grant, std::move(key), generation);
    }
    Task<Result<std::optional<Connection>>> remove_connection(ConnectionKey key) override {
        return answered<std::optional<Connection>>(postgres::remove_connection, std::move(key));
    }

    Task<Result<std::optional<PendingRevocation>>> begin_revocation(ConnectionKey key,
                                                                    std::chrono::milliseconds claim) override {
        return answered<std::optional<PendingRevocation>>(postgres::begin_revocation, std::move(key), claim);
    }
    Task<Result<PendingRevocation>> add_revocation(Connection gone, std::chrono::milliseconds claim) override {
        return answered<PendingRevocation>(postgres::add_revocation, std::move(gone), claim);
    }
    Task<Result<std::vector<PendingRevocation>>> claim_revocations(std::chrono::milliseconds claim,
                                                                   std::size_t limit) override {
        return answered<std::vector<PendingRevocation>>(postgres::claim_revocations, claim, limit);
    }
    Task<Result<bool>> postpone_revocation(std::uint64_t id, unsigned tries, std::chrono::milliseconds pause) override {
        return answered<bool>(postgres::postpone_revocation, id, tries, pause);
    }
    Task<Result<bool>> end_revocation(std::uint64_t id) override {
        return answered<bool>(postgres::end_revocation, id);
    }
    Task<Result<RevocationsWaiting>> revocations_waiting(ConnectionFilter filter) override {
        return answered<RevocationsWaiting>(postgres::revocations_waiting, std::move(filter));
    }

    Task<Result<Turn>> take_turn(TurnRequest request) override {
        return answered<Turn>(postgres::take_turn, std::move(request));
    }
    Task<Result<bool>> end_turn(std::string name, std::string owner, std::string record_id) override {
        return answered<bool>(postgres::end_turn, std::move(name), std::move(owner), std::move(record_id));
    }

    Task<Result<std::vector<LaunchIssuer>>> list_launch_issuers() override {
        return answered<std::vector<LaunchIssuer>>(postgres::list_launch_issuers);
    }
    Task<Result<std::optional<LaunchIssuer>>> find_launch_issuer(ProviderId provider, std::string issuer) override {
        return answered<std::optional<LaunchIssuer>>(postgres::find_launch_issuer, std::move(provider),
                                                     std::move(issuer));
    }
    Task<Result<bool>> save_launch_issuer(LaunchIssuer issuer) override {
        return answered<bool>(postgres::save_launch_issuer, std::move(issuer));
    }
    Task<Result<bool>> remove_launch_issuer(ProviderId provider, std::string issuer) override {
        return answered<bool>(postgres::remove_launch_issuer, std::move(provider), std::move(issuer));
    }

    Task<Result<std::vector<SigningKey>>> list_signing_keys() override {
        return answered<std::vector<SigningKey>>(postgres::list_signing_keys);
    }
    Task<Result<void>> add_signing_key(SigningKey key, std::optional<SigningHandover> handover) override {
        return answered<void>(postgres::add_signing_key, std::move(key), handover);
    }
    Task<Result<bool>> remove_signing_key(std::string id) override {
        return answered<bool>(postgres::remove_signing_key, std::move(id));
    }

    Task<Result<LeaseAnswer>> take_lease(LeaseRequest request) override {
        return answered<LeaseAnswer>(postgres::take_lease, std::move(request));
    }
    Task<Result<bool>> renew_lease(Lease lease, std::chrono::milliseconds duration) override {
        return answered<bool>(postgres::renew_lease, std::move(lease), duration);
    }
    Task<Result<bool>> complete_refresh(RefreshedGrant refreshed) override {
        return answered<bool>(postgres::complete_refresh, std::move(refreshed));
    }
    Task<Result<bool>> fail_refresh(Lease lease, RefreshFailure failure) override {
        return answered<bool>(postgres::fail_refresh, std::move(lease), std::move(failure));
    }
    Task<Result<std::vector<DueConnection>>> claim_due_connections(DueClaim claim) override {
        return answered<std::vector<DueConnection>>(postgres::claim_due_connections, std::move(claim));
    }
    Task<Result<bool>> postpone_due_connection(DueConnection due, std::chrono::milliseconds pause) override {
        return answered<bool>(postgres::postpone_due_connection, std::move(due), pause);
    }
    Task<Result<BudgetShare>> reserve_budget(BudgetRequest request) override {
        return answered<BudgetShare>(postgres::reserve_budget, std::move(request));
    }

    Task<Result<std::vector<DueCheck>>> claim_due_checks(CheckClaim claim) override {
        return answered<std::vector<DueCheck>>(postgres::claim_due_checks, claim);
    }
    Task<Result<bool>> record_check(CheckFinding finding) override {
        return answered<bool>(postgres::record_check, std::move(finding));
    }
    Task<Result<std::size_t>> demand_checks(CheckDemand demand) override {
        return answered<std::size_t>(postgres::demand_checks, std::move(demand));
    }
    Task<Result<Page<HealthReport>>> list_health(HealthFilter filter, std::string cursor, std::size_t limit) override {
        return answered<Page<HealthReport>>(postgres::list_health, std::move(filter), std::move(cursor), limit);
    }
    Task<Result<HealthCounts>> count_health(HealthFilter filter) override {
        return answered<HealthCounts>(postgres::count_health, std::move(filter));
    }
    Task<Result<NextExpiries>> next_expiries() override { return answered<NextExpiries>(postgres::next_expiries); }

    Task<Result<void>> save_authorization(PendingAuthorization pending) override {
        return answered<void>(postgres::save_authorization, std::move(pending));
    }
    Task<Result<std::optional<PendingAuthorization>>> spend_authorization(std::string state_hash,
                                                                          Instant now) override {
        return answered<std::optional<PendingAuthorization>>(postgres::spend_authorization, std::move(state_hash), now);
    }
    Task<Result<std::optional<SecretString>>> open_ticket(std::string ticket_hash, std::string browser_hash,
                                                          Instant now) override {
        return answered<std::optional<SecretString>>(postgres::open_ticket, std::move(ticket_hash),
                                                     std::move(browser_hash), now);
    }
    Task<Result<std::size_t>> sweep_authorizations(Instant now) override {
        return answered<std::size_t>(postgres::sweep_authorizations, now);
    }

    Task<Result<void>> save_connect_session(ConnectSession session) override {
        return answered<void>(postgres::save_connect_session, std::move(session));
    }
    Task<Result<std::optional<ConnectSession>>> find_connect_session(std::string id) override {
        return answered<std::optional<ConnectSession>>(postgres::find_connect_session, std::move(id));
    }
    Task<Result<std::optional<ConnectSession>>> find_connect_session_of(std::string state_hash) override {
        return answered<std::optional<ConnectSession>>(postgres::find_connect_session_of, std::move(state_hash));
    }
    Task<Result<bool>> bind_connect_session(std::string id, std::string browser_hash, Instant now) override {
        return answered<bool>(postgres::bind_connect_session, std::move(id), std::move(browser_hash), now);
    }
    Task<Result<bool>> begin_connect_session(std::string id, std::string state_hash, ProviderId provider,
                                             Instant now) override {
        return answered<bool>(postgres::begin_connect_session, std::move(id), std::move(state_hash),
                              std::move(provider), now);
    }
    Task<Result<bool>> end_connect_session(std::string state_hash, ConnectOutcome outcome, std::string error) override {
        return answered<bool>(postgres::end_connect_session, std::move(state_hash), outcome, std::move(error));
    }

    Task<Result<Tenant>> create_tenant(Tenant tenant) override {
        return answered<Tenant>(postgres::create_tenant, std::move(tenant));
    }
    Task<Result<std::optional<Tenant>>> find_tenant(TenantId id) override {
        return answered<std::optional<Tenant>>(postgres::find_tenant, std::move(id));
    }
    Task<Result<Page<Tenant>>> list_tenants(std::string cursor, std::size_t limit) override {
        return answered<Page<Tenant>>(postgres::list_tenants, std::move(cursor), limit);
    }
    Task<Result<Tenant>> update_tenant(Tenant tenant) override {
        return answered<Tenant>(postgres::update_tenant, std::move(tenant));
    }
    Task<Result<bool>> remove_tenant(TenantId id) override {
        return answered<bool>(postgres::remove_tenant, std::move(id));
    }

    Task<Result<void>> save_app_credentials(AppCredentials credentials) override {
        return answered<void>(postgres::save_app_credentials, std::move(credentials));
    }
    Task<Result<std::optional<AppCredentials>>> find_app_credentials(std::optional<TenantId> tenant,
                                                                     ProviderId provider) override {
        return answered<std::optional<AppCredentials>>(postgres::find_app_credentials, std::move(tenant),
                                                       std::move(provider));
    }
    Task<Result<bool>> remove_app_credentials(std::optional<TenantId> tenant, ProviderId provider) override {
        return answered<bool>(postgres::remove_app_credentials, std::move(tenant), std::move(provider));
    }

    Task<Result<void>> save_api_key(ApiKey key) override {
        return answered<void>(postgres::save_api_key, std::move(key));
    }
    Task<Result<std::optional<ApiKey>>> find_api_key(std::string id) override {
        return answered<std::optional<ApiKey>>(postgres::find_api_key, std::move(id));
    }
    Task<Result<std::vector<ApiKey>>> list_api_keys() override {
        return answered<std::vector<ApiKey>>(postgres::list_api_keys);
    }
    Task<Result<bool>> revoke_api_key(std::string id, sys_seconds at) override {
        return answered<bool>(postgres::revoke_api_key, std::move(id), at);
    }
    Task<Result<void>> touch_api_keys(std::vector<std::pair<std::string, sys_seconds>> last_used) override {
        return answered<void>(postgres::touch_api_keys, std::move(last_used));
    }

    Task<Result<AuditPosition>> append_audit(std::vector<AuditEvent> events) override {
        return answered<AuditPosition>(postgres::append_audit, std::move(events));
    }
    Task<Result<Page<AuditRecord>>> list_audit(AuditFilter filter, std::string cursor, std::size_t limit) override {
        return answered<Page<AuditRecord>>(postgres::list_audit, std::move(filter), std::move(cursor), limit);
    }
    Task<Result<AuditCheck>> check_audit(std::uint64_t after, std::size_t limit) override {
        return answered<AuditCheck>(postgres::check_audit, after, limit);
    }
    Task<Result<AuditCheckpoint>> audit_checkpoint() override {
        return answered<AuditCheckpoint>(postgres::audit_checkpoint);
    }
    Task<Result<AuditVerdict>> judge_checkpoint(AuditCheckpoint checkpoint) override {
        return answered<AuditVerdict>(postgres::judge_checkpoint, std::move(checkpoint));
    }
    Task<Result<std::size_t>> remove_audit_older_than(std::chrono::milliseconds age, std::size_t limit) override {
        return answered<std::size_t>(postgres::remove_audit_older_than, age, limit);
    }
    Task<Result<std::vector<MasterKeyUse>>> master_key_uses() override {
        return answered<std::vector<MasterKeyUse>>(postgres::master_key_uses);
    }
    Task<Result<std::size_t>> rewrap_data_keys(std::size_t limit) override {
        return answered<std::size_t>(postgres::rewrap_data_keys, limit);
    }
    Task<Result<std::uint64_t>> data_keys_to_rewrap() override {
        return answered<std::uint64_t>(postgres::data_keys_to_rewrap);
    }
    Task<Result<void>> hold_rotation(std::string key, std::chrono::milliseconds duration) override {
        return answered<void>(postgres::hold_rotation, std::move(key), duration);
    }
    Task<Result<bool>> take_up_rotation(std::string key, std::chrono::milliseconds duration) override {
        return answered<bool>(postgres::take_up_rotation, std::move(key), duration);
    }
    Task<Result<void>> end_rotation(std::string key) override {
        return answered<void>(postgres::end_rotation, std::move(key));
    }
    Task<Result<void>> announce_replica(ReplicaNote note) override {
        return answered<void>(postgres::announce_replica, std::move(note));
    }
    Task<Result<void>> forget_replica(std::string id) override {
        return answered<void>(postgres::forget_replica, std::move(id));
    }
    Task<Result<std::vector<Replica>>> list_replicas(std::chrono::milliseconds age) override {
        return answered<std::vector<Replica>>(postgres::list_replicas, age);
    }

    Task<Health> health() override {
        const auto writable = co_await answered<bool>(takes_writes);
        Health health;
        health.engine = "postgresql";
        health.writable = writable.value_or(false);
        if (!writable)
            health.message = writable.error().message;
        else if (!health.writable)
            health.message = "The database is a standby and takes no writes; name the primary in DATABASE_URL.";
        co_return health;
    }

    Task<Result<bool>> first_time(std::string name) override { return answered<bool>(done_first, std::move(name)); }

    Task<Result<std::string>> identity() override { return answered<std::string>(postgres::identity_of); }
    Task<Result<ContentCounts>> count() override { return answered<ContentCounts>(postgres::count_contents); }
    Task<Result<Page<ContentItem>>> read_page(ContentKind kind, std::string cursor, std::size_t limit) override {
        return answered<Page<ContentItem>>(postgres::read_contents, kind, std::move(cursor), limit);
    }
    Task<Result<void>> write_page(std::vector<ContentItem> items, std::string note) override {
        return answered<void>(postgres::write_contents, std::move(items), std::move(note));
    }
    Task<Result<std::string>> note() override { return answered<std::string>(postgres::read_note); }

    Task<Result<std::vector<UntoldConnection>>> untold_connections(std::size_t limit) override {
        return answered<std::vector<UntoldConnection>>(postgres::untold_connections, limit);
    }
    Task<Result<std::vector<UntoldConnection>>> untold_notices(std::size_t limit) override {
        return answered<std::vector<UntoldConnection>>(postgres::untold_notices, limit);
    }
    Task<Result<void>> postpone_telling(std::vector<UntoldConnection> failing,
                                        std::chrono::milliseconds pause) override {
        return answered<void>(postgres::postpone_telling, std::move(failing), pause);
    }
    Task<Result<std::size_t>> tell(std::vector<ConnectionTelling> tellings, AlertPace pace) override {
        return answered<std::size_t>(postgres::tell, std::move(tellings), pace);
    }
    Task<Result<std::vector<EndingKey>>> ending_api_keys(std::chrono::seconds within, std::size_t limit) override {
        return answered<std::vector<EndingKey>>(postgres::ending_api_keys, within, limit);
    }
    Task<Result<bool>> raise_alert(Telling telling, AlertPace pace) override {
        return answered<bool>(postgres::raise_alert, std::move(telling), pace);
    }
    Task<Result<std::size_t>> end_episodes(std::chrono::milliseconds unconfirmed) override {
        return answered<std::size_t>(postgres::end_episodes, unconfirmed);
    }
    Task<Result<std::size_t>> end_left_alerts(std::vector<std::string> channels) override {
        return answered<std::size_t>(postgres::end_left_alerts, std::move(channels));
    }
    Task<Result<std::vector<Alert>>> alerts_to_send(std::size_t limit) override {
        return answered<std::vector<Alert>>(postgres::alerts_to_send, limit);
    }
    Task<Result<bool>> send_alert(std::string id, std::vector<std::string> channels, Episode episode) override {
        return answered<bool>(postgres::send_alert, std::move(id), std::move(channels), episode);
    }
    Task<Result<std::vector<AlertDelivery>>> claim_deliveries(std::chrono::milliseconds duration,
                                                              std::size_t limit) override {
        return answered<std::vector<AlertDelivery>>(postgres::claim_deliveries, duration, limit);
    }
    Task<Result<void>> end_delivery(std::string alert_id, std::string channel) override {
        return answered<void>(postgres::end_delivery, std::move(alert_id), std::move(channel));
    }
    Task<Result<void>> fail_delivery(std::string alert_id, std::string channel, std::string error,
                                     std::optional<std::chrono::milliseconds> pause) override {
        return answered<void>(postgres::fail_delivery, std::move(alert_id), std::move(channel), std::move(error),
                              pause);
    }
    Task<Result<DeliveriesWaiting>> deliveries_waiting() override {
        return answered<DeliveriesWaiting>(postgres::deliveries_waiting);
    }
    Task<Result<Page<AlertRecord>>> list_alerts(AlertFilter filter, std::string cursor, std::size_t limit) override {
        return answered<Page<AlertRecord>>(postgres::list_alerts, std::move(filter), std::move(cursor), limit);
    }
    Task<Result<std::size_t>> sweep_alerts(std::chrono::milliseconds age, std::size_t limit) override {
        return answered<std::size_t>(postgres::sweep_alerts, age, limit);
    }

private:
    struct ShardOfStore {
        ShardOfStore(boost::asio::io_context& its, postgres::PoolOptions options, Keys& keys, Metrics* metrics)
            : context(its), pool(its, std::move(options)), session(pool, keys.sealer, keys.known, metrics) {}
        boost::asio::execution_context& context;
        postgres::Pool pool;
        Session session;
    };

    /// Runs `work` on the caller's shard. What it throws becomes its error, except a cancellation.
    template <class T, class... Parameters, class... Arguments>
    Task<Result<T>> answered(Task<Result<T>> (*work)(Session*, Parameters...), Arguments... arguments) {
        const auto executor = co_await boost::asio::this_coro::executor;
        Session* session = session_of(executor.context());
        try {
            Task<Result<T>> working = work(session, std::move(arguments)...);
            co_return co_await std::move(working);
        } catch (const boost::system::system_error&) {
            throw;
        } catch (...) {
            co_return std::unexpected(error_of_current_exception());
        }
    }

    Session* session_of(const boost::asio::execution_context& context) {
        for (const auto& shard : shards_)
            if (&shard->context == &context)
                return &shard->session;
        throw std::logic_error("The store was called from outside the shards it was opened for.");
    }

    static Task<Result<bool>> takes_writes(Session* session) {
        postgres::Statement asking(
            "SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off'");
        const auto rows = co_await session->read(std::move(asking));
        if (!rows)
            co_return std::unexpected(rows.error());
        co_return rows->boolean(0, 0);
    }

    static Task<Result<bool>> done_first(Session* session, std::string name) {
        postgres::Statement noting(
            "INSERT INTO once (name, done_at) VALUES ($1, evergrant_now()) ON CONFLICT DO NOTHING", name);
        const auto rows = co_await session->write(std::move(noting));
        if (!rows)
            co_return std::unexpected(rows.error());
        co_return rows->affected() == 1;
    }

    std::unique_ptr<Keys> keys_;
    std::vector<std::unique_ptr<ShardOfStore>> shards_;
};

/// What must hold before anything in the database is changed.
Task<Result<void>> check_first(Session* session, const PostgresOptions* options) {
    auto passed = Result<void>();
    if (options->for_copying)
        passed = co_await postgres::refuse_servers(&session->pool());
    if (passed && options->must_exist)
        passed = co_await postgres::require_store(&session->pool());
    co_return passed;
}

Task<Result<void>> prepare_store(Session* session, const PostgresOptions* options) {
    auto prepared = co_await check_first(session, options);
    if (!prepared)
        co_return prepared;
    prepared = co_await postgres::prepare(session);
    if (!prepared || options->for_copying)
        co_return prepared;
    const auto note = co_await postgres::read_note(session);
    if (!note)
        co_return std::unexpected(note.error());
    if (is_unfinished_copy(*note))
        co_return failure(Errc::conflict,
                          "A copy into this store has not finished; run `evergrant storage copy` again.");
    co_return Result<void>();
}

}  // namespace

Result<std::unique_ptr<Store>> open_postgres_store(PostgresOptions options, KeyRing ring, crypto::Random& random,
                                                   std::vector<boost::asio::io_context*> shards) {
    auto keys = std::make_unique<Keys>(std::move(ring), random);
    std::optional<Session> starting;
    const auto prepare = [&](postgres::Pool* pool) {
        starting.emplace(*pool, keys->sealer, keys->known);
        return prepare_store(&*starting, &options);
    };
    postgres::PoolOptions patient = postgres::patient_options(options.url);
    if (options.for_copying)
        patient.application_name = name_of_copies;
    if (Result<void> prepared = postgres::with_pool(std::move(patient), prepare); !prepared)
        return std::unexpected(std::move(prepared).error());
    return std::make_unique<PostgresStore>(options, std::move(keys), shards);
}

Result<void> refuse_connected_servers(const std::string& url) {
    postgres::PoolOptions options = postgres::patient_options(url);
    options.application_name = name_of_copies;
    return postgres::with_pool(std::move(options), [](postgres::Pool* pool) { return postgres::refuse_servers(pool); });
}

}  // namespace evergrant::storage
