#pragma once
//
// What the tests of PostgreSQL's wire have in common: a database of the test's own, and batches run to their end.
//
#include "postgres_server.h"
#include "run_task.h"
#include "storage/postgres/pool.h"

#include <boost/asio/co_spawn.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <exception>
#include <functional>
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

    /// Begins a batch; `done` gets its answer when the context runs.
    void start(Pool& pool, Batch batch, std::function<void(const Answer&)> done) {
        boost::asio::co_spawn(context_, pool.run(std::move(batch)),
                              [done = std::move(done)](std::exception_ptr thrown, const Answer& answer) {
                                  EXPECT_FALSE(thrown);
                                  done(answer);
                              });
    }

    void run_until(const std::function<bool()>& reached) {
        context_.restart();
        while (!reached() && context_.run_one_for(std::chrono::seconds(30)) != 0) {}
        EXPECT_TRUE(reached());
    }

    /// Behind the pool's back.
    std::string execute(const std::string& sql) { return PlainConnection(server_.url(database_)).execute(sql); }

    PostgresServer& server_;
    std::string database_;
    boost::asio::io_context context_{1};
};

}  // namespace evergrant::storage::postgres
