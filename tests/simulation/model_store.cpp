#include "model_store.h"

#include <utility>

namespace evergrant::simulation {

using storage::ConnectionStatus;

storage::Connection copy_of(const storage::Connection& connection) {
    return {connection.summary, connection.asked_scopes, connection.params, connection.tokens.clone()};
}

storage::Connection ModelStore::save(storage::NewGrant grant) {
    Row& row = rows_[grant.key];
    storage::ConnectionSummary& summary = row.connection.summary;
    const storage::Generation next = storage::generation_after(summary.generation);
    summary = {};
    summary.key = grant.key;
    summary.provider = grant.provider;
    summary.generation = next;
    summary.scopes = grant.tokens.scopes;
    summary.expires_at = grant.tokens.expires_at;
    summary.renewable = !grant.tokens.refresh_token.empty();
    summary.next_try_at = grant.refresh_due_at;
    summary.created_at = summary.updated_at = clock_();
    row.connection.params = std::move(grant.params);
    row.connection.tokens = std::move(grant.tokens);
    row.lease_end.reset();
    row.lease_owner.clear();
    return copy_of(row.connection);
}

std::optional<storage::Connection> ModelStore::find(const ConnectionKey& key) const {
    const auto found = rows_.find(key);
    if (found == rows_.end())
        return std::nullopt;
    return copy_of(found->second.connection);
}

bool ModelStore::held_by_another(const Row& row, const std::string& owner) const {
    return row.lease_end && *row.lease_end > clock_() && row.lease_owner != owner;
}

Result<storage::LeaseAnswer> ModelStore::take_lease(const storage::LeaseRequest& request) {
    const auto found = rows_.find(request.key);
    if (found == rows_.end())
        return failure(Errc::no_connection, "The tenant holds no grant there.");
    Row& row = found->second;
    storage::ConnectionSummary& summary = row.connection.summary;
    const bool refreshed = request.newer_than != 0 && summary.generation > request.newer_than;
    if (refreshed || summary.status == ConnectionStatus::invalid || !summary.renewable)
        return storage::AlreadyRefreshed{copy_of(row.connection)};
    if (held_by_another(row, request.owner) && flaw_ != Flaw::lease_not_exclusive)
        return storage::LeaseHeld{*row.lease_end};
    row.lease_owner = request.owner;
    row.lease_end = clock_() + request.duration;
    if (summary.intent && summary.intent->generation == summary.generation && flaw_ != Flaw::intent_forgotten)
        ++summary.intent->attempts;
    else
        summary.intent = storage::Intent{summary.generation, clock_(), {}, 1};
    summary.intent->owner = request.owner;
    storage::Lease lease{request.key, request.owner, summary.generation, *row.lease_end};
    return storage::LeaseTaken{std::move(lease), copy_of(row.connection)};
}

bool ModelStore::renew_lease(const storage::Lease& lease, std::chrono::milliseconds duration) {
    const auto found = rows_.find(lease.key);
    if (found == rows_.end())
        return false;
    Row& row = found->second;
    if (row.connection.summary.generation != lease.generation || row.lease_owner != lease.owner || !row.lease_end ||
        *row.lease_end <= clock_())
        return false;
    row.lease_end = clock_() + duration;
    return true;
}

ModelStore::Row* ModelStore::writable(const storage::Lease& lease) {
    const auto found = rows_.find(lease.key);
    if (found == rows_.end())
        return nullptr;
    if (flaw_ == Flaw::generation_unchecked)
        return &found->second;
    if (found->second.connection.summary.generation != lease.generation || held_by_another(found->second, lease.owner))
        return nullptr;
    return &found->second;
}

bool ModelStore::complete_refresh(const storage::RefreshedGrant& refreshed) {
    Row* row = writable(refreshed.lease);
    if (row == nullptr)
        return false;
    storage::ConnectionSummary& summary = row->connection.summary;
    row->connection.tokens = refreshed.tokens.clone();
    summary.status = ConnectionStatus::healthy;
    ++summary.generation;
    summary.scopes = refreshed.tokens.scopes;
    summary.expires_at = refreshed.tokens.expires_at;
    summary.renewable = !refreshed.tokens.refresh_token.empty();
    summary.last_error.clear();
    summary.failures = 0;
    summary.next_try_at = refreshed.refresh_due_at;
    summary.last_refresh = summary.updated_at = clock_();
    summary.intent.reset();
    row->lease_end.reset();
    row->lease_owner.clear();
    return true;
}

bool ModelStore::fail_refresh(const storage::Lease& lease, const storage::RefreshFailure& failure) {
    Row* row = writable(lease);
    if (row == nullptr)
        return false;
    storage::ConnectionSummary& summary = row->connection.summary;
    summary.status = failure.status;
    summary.last_error = failure.error;
    ++summary.failures;
    summary.next_try_at = failure.status == ConnectionStatus::invalid ? std::nullopt : failure.next_try_at;
    summary.updated_at = clock_();
    row->lease_end.reset();
    row->lease_owner.clear();
    if (!failure.keep_intent)
        summary.intent.reset();
    return true;
}

}  // namespace evergrant::simulation
