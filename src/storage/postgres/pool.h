#pragma once
//
// Pool: a shard's connections to PostgreSQL. Sends batches and gives back rows; knows no table.
//
#include "async/deadline.h"
#include "async/shard.h"
#include "async/task.h"
#include "storage/postgres/statement.h"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace evergrant::storage::postgres {

struct PoolOptions {
    std::string
        url;  ///< libpq's: postgresql://user:password@host1,host2/name?sslmode=…; read-write hosts are looked for
    std::string application_name;    ///< empty: the URL's, or `evergrant`
    std::size_t connections{8};      ///< at most, for this shard; > 0
    std::size_t queue_limit{5'000};  ///< batches waiting for a connection; more answer overloaded
    std::chrono::milliseconds connect_timeout{5'000};
    std::chrono::milliseconds answer_timeout{5'000};  ///< of one batch, waiting for a connection included
};

/// Thread: one shard's. Lifetime: goes after the shard's drain.
class Pool {
public:
    Pool(boost::asio::io_context& context, PoolOptions options);
    ~Pool();
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    /// One answer for each statement, in order. Errors: store_unavailable (no connection, no answer in time, the server
    /// shuts down, a read-only server: with retry_after), overloaded, conflict (a unique or serialization conflict: the
    /// batch changed nothing), internal_error (SQL that the server refuses). A write whose answer did not come may have
    /// been done; it is never done after its deadline.
    /// Cancellation: the caller leaves; what was sent may still be done.
    [[nodiscard]] async::Task<Result<std::vector<Rows>>> run(Batch batch);

    /// Why there is no connection now; empty: there is one, or none was needed yet.
    [[nodiscard]] std::string trouble() const;

private:
    class State;
    std::shared_ptr<State> state_;
};

}  // namespace evergrant::storage::postgres
