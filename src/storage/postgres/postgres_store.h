#pragma once
//
// PostgresStore: the engine that several replicas share. Each shard has a pool of connections; nothing is kept between
// calls but data keys. The store's clock is the server's.
//
#include "base/metrics.h"
#include "storage/sealer.h"
#include "storage/store.h"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace evergrant::storage {

struct PostgresOptions {
    std::string url;  ///< libpq's; its first schema holds the tables
    std::size_t connections_per_shard{8};
    std::size_t queue_limit{5'000};  ///< changes and reads of a shard that wait; more answer overloaded
    std::chrono::milliseconds connect_timeout{5'000};
    std::chrono::milliseconds answer_timeout{5'000};
    Metrics* metrics{nullptr};  ///< null: nothing is measured
    /// Takes a store into which a copy has not finished (storage/copy.h), and none to which a server is connected.
    bool for_copying{false};
    bool must_exist{false};  ///< makes no store where there is none
};

/// Migrates the database forward, checks the master key and opens the store for callers on these shards: each call runs
/// on its caller's. Blocks; call it before the shards start. Leases and claims of other replicas, and of an earlier run
/// of this one, stand until they run out.
/// Lifetime: goes before the shards, after their drain.
/// Errors, each saying what to do: the database does not answer; the schema is newer than this binary; the master key
/// is not the one the store was made with; a copy into it has not finished; conflict if it is for copying and a server
/// is connected; not_found if it must exist and does not.
[[nodiscard]] Result<std::unique_ptr<Store>> open_postgres_store(PostgresOptions options, KeyRing ring,
                                                                 crypto::Random& random,
                                                                 std::vector<boost::asio::io_context*> shards);

/// The files of certificates that its connections use: libpq's keywords and the paths, as the URL or libpq's
/// environment names them. Those in its default places are not told. Throws std::runtime_error if the URL cannot be
/// read.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> postgres_certificate_files(const std::string& url);

/// Whether any server is connected to the database, asked once more when a copy is done. Knows them by the name that
/// their connections have: one with an application_name of its own in its URL is not seen. Blocks.
/// Errors: conflict if there is one; store_unavailable.
[[nodiscard]] Result<void> refuse_connected_servers(const std::string& url);

}  // namespace evergrant::storage
