#pragma once
//
// For tests: a store that a test may take away from one replica, and that counts how often connections are read.
//
#include "storage/revocations.h"
#include "storage/signing_keys.h"
#include "storage/store.h"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace evergrant::testing {

using async::Task;

class SwitchedStore final : public storage::Store, public storage::RevocationStore, public storage::SigningKeyStore {
public:
    explicit SwitchedStore(storage::Store& real) : real_(real) {}

    std::atomic<bool> away{false};
    std::atomic<std::size_t> reads{0};

    std::function<void()> when_counting = [] {};  ///< connections by health
    std::atomic<bool> counts_alone{false};        ///< of what is figured out for who scrapes

    std::atomic<bool> reads_away{false};   ///< a connection cannot be read; all else works
    std::atomic<bool> holds_reads{false};  ///< a row that was read is not told yet

    Task<Result<std::optional<storage::Connection>>> find_connection(ConnectionKey key) override {
        if (reads_away)
            co_return failure(Errc::store_unavailable, "The store is away.");
        auto found = co_await unless_away(real_.find_connection(std::move(key)));
        ++reads;
        while (holds_reads)
            co_await boost::asio::post(boost::asio::use_awaitable);
        co_return found;
    }
    Task<Result<std::optional<storage::RefreshBasis>>> find_refresh_basis(ConnectionKey key) override {
        return unless_away(real_.find_refresh_basis(std::move(key)));
    }
    Task<Result<storage::Page<storage::ConnectionSummary>>> list_connections(storage::ConnectionFilter filter,
                                                                             std::string cursor,
                                                                             std::size_t limit) override {
        return unless_away(real_.list_connections(std::move(filter), std::move(cursor), limit));
    }
    Task<Result<storage::Connection>> save_grant(storage::NewGrant grant) override {
        return unless_away(real_.save_grant(std::move(grant)));
    }
    Task<Result<storage::Connection>> begin_grant(storage::NewGrant grant) override {
        return unless_away(real_.begin_grant(std::move(grant)));
    }
    Task<Result<bool>> abandon_grant(ConnectionKey key, storage::Generation generation) override {
        return unless_away(real_.abandon_grant(std::move(key), generation));
    }
    Task<Result<std::optional<storage::Connection>>> remove_connection(ConnectionKey key) override {
        return unless_away(real_.remove_connection(std::move(key)));
    }
    Task<Result<std::vector<storage::SigningKey>>> list_signing_keys() override {
        return unless_away(storage::signing_keys_of(real_).list_signing_keys());
    }
    Task<Result<void>> add_signing_key(storage::SigningKey key,
                                       std::optional<storage::SigningHandover> handover) override {
        return unless_away(storage::signing_keys_of(real_).add_signing_key(std::move(key), std::move(handover)));
    }
    Task<Result<bool>> remove_signing_key(std::string id) override {
        return unless_away(storage::signing_keys_of(real_).remove_signing_key(std::move(id)));
    }
    Task<Result<std::optional<storage::PendingRevocation>>> begin_revocation(ConnectionKey key,
                                                                             std::chrono::milliseconds claim) override {
        return unless_away(revocations().begin_revocation(std::move(key), claim));
    }
    Task<Result<storage::PendingRevocation>> add_revocation(storage::Connection gone,
                                                            std::chrono::milliseconds claim) override {
        return unless_away(revocations().add_revocation(std::move(gone), claim));
    }
    Task<Result<std::vector<storage::PendingRevocation>>> claim_revocations(std::chrono::milliseconds claim,
                                                                            std::size_t limit) override {
        return unless_away(revocations().claim_revocations(claim, limit));
    }
    Task<Result<bool>> postpone_revocation(std::uint64_t id, unsigned tries, std::chrono::milliseconds pause) override {
        return unless_away(revocations().postpone_revocation(id, tries, pause));
    }
    Task<Result<bool>> end_revocation(std::uint64_t id) override {
        return unless_away(revocations().end_revocation(id));
    }
    Task<Result<storage::RevocationsWaiting>> revocations_waiting(storage::ConnectionFilter filter) override {
        return unless_away(revocations().revocations_waiting(std::move(filter)));
    }
    Task<Result<storage::LeaseAnswer>> take_lease(storage::LeaseRequest request) override {
        return unless_away(real_.take_lease(std::move(request)));
    }
    Task<Result<bool>> renew_lease(storage::Lease lease, std::chrono::milliseconds duration) override {
        return unless_away(real_.renew_lease(std::move(lease), duration));
    }
    Task<Result<bool>> complete_refresh(storage::RefreshedGrant refreshed) override {
        return unless_away(real_.complete_refresh(std::move(refreshed)));
    }
    Task<Result<bool>> fail_refresh(storage::Lease lease, storage::RefreshFailure failure) override {
        return unless_away(real_.fail_refresh(std::move(lease), std::move(failure)));
    }
    Task<Result<std::vector<storage::DueConnection>>> claim_due_connections(storage::DueClaim claim) override {
        return unless_away(real_.claim_due_connections(std::move(claim)));
    }
    Task<Result<bool>> postpone_due_connection(storage::DueConnection due, std::chrono::milliseconds pause) override {
        return unless_away(real_.postpone_due_connection(std::move(due), pause));
    }
    Task<Result<storage::BudgetShare>> reserve_budget(storage::BudgetRequest request) override {
        return unless_away(real_.reserve_budget(std::move(request)));
    }
    Task<Result<std::vector<storage::DueCheck>>> claim_due_checks(storage::CheckClaim claim) override {
        return unless_away(real_.claim_due_checks(claim));
    }
    Task<Result<bool>> record_check(storage::CheckFinding finding) override {
        return unless_away(real_.record_check(std::move(finding)));
    }
    Task<Result<std::size_t>> demand_checks(storage::CheckDemand demand) override {
        return unless_away(real_.demand_checks(std::move(demand)));
    }
    Task<Result<storage::Page<storage::HealthReport>>> list_health(storage::HealthFilter filter, std::string cursor,
                                                                   std::size_t limit) override {
        return unless_away(real_.list_health(std::move(filter), std::move(cursor), limit));
    }
    Task<Result<storage::HealthCounts>> count_health(storage::HealthFilter filter) override {
        when_counting();
        return unless_away(real_.count_health(std::move(filter)));
    }
    Task<Result<storage::NextExpiries>> next_expiries() override {
        if (counts_alone)
            co_return failure(Errc::store_unavailable, "Only counts are told.");
        co_return co_await unless_away(real_.next_expiries());
    }
    Task<Result<void>> save_authorization(storage::PendingAuthorization pending) override {
        return unless_away(real_.save_authorization(std::move(pending)));
    }
    Task<Result<std::optional<storage::PendingAuthorization>>> spend_authorization(std::string state_hash,
                                                                                   Instant now) override {
        return unless_away(real_.spend_authorization(std::move(state_hash), now));
    }
    Task<Result<std::optional<SecretString>>> open_ticket(std::string ticket_hash, std::string browser_hash,
                                                          Instant now) override {
        return unless_away(real_.open_ticket(std::move(ticket_hash), std::move(browser_hash), now));
    }
    Task<Result<std::size_t>> sweep_authorizations(Instant now) override {
        return unless_away(real_.sweep_authorizations(now));
    }
    Task<Result<storage::Tenant>> create_tenant(storage::Tenant tenant) override {
        return unless_away(real_.create_tenant(std::move(tenant)));
    }
    Task<Result<std::optional<storage::Tenant>>> find_tenant(TenantId id) override {
        return unless_away(real_.find_tenant(std::move(id)));
    }
    Task<Result<storage::Page<storage::Tenant>>> list_tenants(std::string cursor, std::size_t limit) override {
        return unless_away(real_.list_tenants(std::move(cursor), limit));
    }
    Task<Result<storage::Tenant>> update_tenant(storage::Tenant tenant) override {
        return unless_away(real_.update_tenant(std::move(tenant)));
    }
    Task<Result<bool>> remove_tenant(TenantId id) override { return unless_away(real_.remove_tenant(std::move(id))); }
    Task<Result<void>> save_app_credentials(storage::AppCredentials credentials) override {
        return unless_away(real_.save_app_credentials(std::move(credentials)));
    }
    Task<Result<std::optional<storage::AppCredentials>>> find_app_credentials(std::optional<TenantId> tenant,
                                                                              ProviderId provider) override {
        return unless_away(real_.find_app_credentials(std::move(tenant), std::move(provider)));
    }
    Task<Result<bool>> remove_app_credentials(std::optional<TenantId> tenant, ProviderId provider) override {
        return unless_away(real_.remove_app_credentials(std::move(tenant), std::move(provider)));
    }
    Task<Result<void>> save_api_key(storage::ApiKey key) override {
        return unless_away(real_.save_api_key(std::move(key)));
    }
    Task<Result<std::optional<storage::ApiKey>>> find_api_key(std::string id) override {
        return unless_away(real_.find_api_key(std::move(id)));
    }
    Task<Result<std::vector<storage::ApiKey>>> list_api_keys() override { return unless_away(real_.list_api_keys()); }
    Task<Result<bool>> revoke_api_key(std::string id, sys_seconds at) override {
        return unless_away(real_.revoke_api_key(std::move(id), at));
    }
    Task<Result<void>> touch_api_keys(std::vector<std::pair<std::string, sys_seconds>> last_used) override {
        return unless_away(real_.touch_api_keys(std::move(last_used)));
    }
    std::function<void()> when_audit_is_written;

    Task<Result<storage::AuditPosition>> append_audit(std::vector<storage::AuditEvent> events) override {
        auto written = co_await unless_away(real_.append_audit(std::move(events)));
        if (when_audit_is_written)
            when_audit_is_written();
        co_return written;
    }
    Task<Result<storage::Page<storage::AuditRecord>>> list_audit(storage::AuditFilter filter, std::string cursor,
                                                                 std::size_t limit) override {
        return unless_away(real_.list_audit(std::move(filter), std::move(cursor), limit));
    }
    Task<Result<storage::AuditCheck>> check_audit(std::uint64_t after, std::size_t limit) override {
        return unless_away(real_.check_audit(after, limit));
    }
    Task<Result<storage::AuditCheckpoint>> audit_checkpoint() override { return unless_away(real_.audit_checkpoint()); }
    Task<Result<storage::AuditVerdict>> judge_checkpoint(storage::AuditCheckpoint checkpoint) override {
        return unless_away(real_.judge_checkpoint(std::move(checkpoint)));
    }
    Task<Result<std::size_t>> remove_audit_older_than(std::chrono::milliseconds age, std::size_t limit) override {
        return unless_away(real_.remove_audit_older_than(age, limit));
    }
    Task<Result<std::vector<storage::MasterKeyUse>>> master_key_uses() override {
        return unless_away(real_.master_key_uses());
    }
    Task<Result<std::size_t>> rewrap_data_keys(std::size_t limit) override {
        return unless_away(real_.rewrap_data_keys(limit));
    }
    Task<Result<std::uint64_t>> data_keys_to_rewrap() override { return unless_away(real_.data_keys_to_rewrap()); }
    Task<Result<void>> hold_rotation(std::string key, std::chrono::milliseconds duration) override {
        return unless_away(real_.hold_rotation(std::move(key), duration));
    }
    Task<Result<bool>> take_up_rotation(std::string key, std::chrono::milliseconds duration) override {
        return unless_away(real_.take_up_rotation(std::move(key), duration));
    }
    Task<Result<void>> end_rotation(std::string key) override {
        return unless_away(real_.end_rotation(std::move(key)));
    }
    Task<Result<void>> announce_replica(storage::ReplicaNote note) override {
        return unless_away(real_.announce_replica(std::move(note)));
    }
    Task<Result<void>> forget_replica(std::string id) override {
        return unless_away(real_.forget_replica(std::move(id)));
    }
    Task<Result<std::vector<storage::Replica>>> list_replicas(std::chrono::milliseconds age) override {
        return unless_away(real_.list_replicas(age));
    }
    Task<Health> health() override { return real_.health(); }
    Task<Result<bool>> first_time(std::string name) override { return unless_away(real_.first_time(std::move(name))); }

private:
    [[nodiscard]] storage::RevocationStore& revocations() { return storage::revocations_of(real_); }

    template <class T>
    Task<Result<T>> unless_away(Task<Result<T>> asking) {
        if (away)
            co_return failure(Errc::store_unavailable, "The store is away.");
        co_return co_await std::move(asking);
    }

    storage::Store& real_;
};

}  // namespace evergrant::testing
