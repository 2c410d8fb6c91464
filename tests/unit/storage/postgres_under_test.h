#pragma once
//
// For tests: the PostgreSQL engine on a database of its own, whose clock follows the test's.
//
#include "crypto/random.h"
#include "master_keys.h"
#include "postgres_server.h"
#include "storage/postgres/postgres_store.h"
#include "store_contract.h"

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace evergrant::storage {

class PostgresUnderTest final : public EngineUnderTest {
public:
    PostgresUnderTest(const Clock& clock, boost::asio::io_context& context)
        : clock_(clock),
          context_(context),
          url_(testing::PostgresServer::shared().url(testing::PostgresServer::shared().new_database())),
          plain_(url_) {
        restart();
        execute("CREATE TABLE test_clock (ms bigint)");
        execute("INSERT INTO test_clock VALUES (0)");
        execute(
            "CREATE OR REPLACE FUNCTION evergrant_now() RETURNS bigint LANGUAGE sql VOLATILE"
            " AS 'SELECT ms FROM test_clock'");
    }

    [[nodiscard]] Store& store() override {
        follow_clock();
        return *store_;
    }

    void restart() override { restart_with({std::string(first_key)}); }

    void restart_with(const std::vector<std::string>& master_keys) override {
        store_.reset();
        auto opened = open(ring_of(master_keys));
        if (!opened)
            throw std::runtime_error(opened.error().message + " " + opened.error().detail);
        store_ = std::move(*opened);
    }

    void tamper(const std::string& sql) override { execute(sql); }

    /// Another process's store on the same database.
    std::unique_ptr<Store> replica() {
        auto opened = open(ring_of({first_key}));
        if (!opened)
            throw std::runtime_error(opened.error().message + " " + opened.error().detail);
        return std::move(*opened);
    }
    Result<std::unique_ptr<Store>> open(KeyRing ring) {
        PostgresOptions options;
        options.url = url_;
        options.connections_per_shard = 6;
        return open_postgres_store(options, std::move(ring), random_, {&context_});
    }

    /// The server shows what the test's clock shows now.
    void follow_clock() {
        if (std::exchange(shown_, clock_.now()) != clock_.now())
            execute("UPDATE test_clock SET ms = " + std::to_string(clock_.now().time_since_epoch().count()));
    }

    /// Behind the store's back.
    std::string execute(const std::string& sql) { return plain_.execute(sql); }
    [[nodiscard]] const std::string& url() const noexcept { return url_; }

private:
    const Clock& clock_;
    boost::asio::io_context& context_;
    std::string url_;
    testing::PlainConnection plain_;
    std::optional<Instant> shown_;
    crypto::SystemRandom random_;
    std::unique_ptr<Store> store_;
};

}  // namespace evergrant::storage
