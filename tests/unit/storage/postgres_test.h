#pragma once
//
// What the tests of PostgreSQL's wire have in common: a database of the test's own, and batches run to their end.
//
#include "postgres_server.h"
#include "run_task.h"
#include "storage/postgres/pool.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace evergrant::storage::postgres {

using testing::PlainConnection;
using testing::PostgresServer;
using testing::run_task;

using Answer = Result<std::vector<Rows>>;

class PostgresTest : public ::testing::Test {
protected:
    explicit PostgresTest(PostgresServer& server = PostgresServer::shared())
        : server_(server), database_(server.new_database()) {}

    [[nodiscard]] PoolOptions options() const {
        PoolOptions options;
        options.url = server_.url(database_);
        options.connections = 2;
        return options;
    }

    template <class... Statements>
    static Batch write(Statements... statements) {
        return {Batch::Use::write, {std::move(statements)...}};
    }
    template <class... Statements>
    static Batch read(Statements... statements) {
        return {Batch::Use::read, {std::move(statements)...}};
    }

    Answer run(Pool& pool, Batch batch) { return run_task(context_, pool.run(std::move(batch))); }

    /// Behind the pool's back.
    std::string execute(const std::string& sql) { return PlainConnection(server_.url(database_)).execute(sql); }

    PostgresServer& server_;
    std::string database_;
    boost::asio::io_context context_{1};
};

}  // namespace evergrant::storage::postgres
