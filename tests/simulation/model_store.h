#pragma once
//
// Model store: what storage/store.h documents of a connection's lease, intent and generation, in memory and with a
// clock of its own. The contract tests of the engines run against it too (model_store_contract_test.cpp).
//
#include "storage/store.h"
#include "world.h"

#include <functional>
#include <optional>
#include <unordered_map>

namespace evergrant::simulation {

[[nodiscard]] storage::Connection copy_of(const storage::Connection& connection);

class ModelStore {
public:
    using Clock = std::function<Instant()>;

    explicit ModelStore(Clock clock, Flaw flaw = Flaw::none) : clock_(std::move(clock)), flaw_(flaw) {}

    storage::Connection save(storage::NewGrant grant);
    [[nodiscard]] std::optional<storage::Connection> find(const ConnectionKey& key) const;
    [[nodiscard]] Result<storage::LeaseAnswer> take_lease(const storage::LeaseRequest& request);
    [[nodiscard]] bool renew_lease(const storage::Lease& lease, std::chrono::milliseconds duration);
    [[nodiscard]] bool complete_refresh(const storage::RefreshedGrant& refreshed);
    [[nodiscard]] bool fail_refresh(const storage::Lease& lease, const storage::RefreshFailure& failure);

private:
    struct Row {
        storage::Connection connection;
        std::string lease_owner;
        std::optional<Instant> lease_end;
    };

    [[nodiscard]] bool held_by_another(const Row& row, const std::string& owner) const;
    Row* writable(const storage::Lease& lease);

    Clock clock_;
    Flaw flaw_;
    std::unordered_map<ConnectionKey, Row> rows_;
};

}  // namespace evergrant::simulation
