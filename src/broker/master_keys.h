#pragma once
//
// MasterKeys: replaces the master key while everything runs, and tells who knows which keys. One for the process.
// A rotation begins only when every replica that was heard of lately has the new key; it seals data keys anew part by
// part, and what is left is told by the store. One that was broken off is taken up, by one replica, without being
// asked.
//
#include "async/shard.h"
#include "async/task.h"
#include "base/metrics.h"
#include "broker/rescue.h"
#include "storage/store.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace evergrant::broker {

struct MasterKeyReport {
    std::string first;              ///< the id of the key that encrypts
    std::vector<std::string> ring;  ///< of this replica
    std::vector<storage::MasterKeyUse> uses;
    std::vector<storage::Replica> replicas;
    std::uint64_t remaining{0};     ///< data keys under other master keys than the first
    std::uint64_t sealed_anew{0};   ///< by this process
    bool running{false};            ///< here
    std::string failure;            ///< why the last rotation here ended early; empty: it did not
    std::vector<std::string> free;  ///< keys of the ring that seal nothing any more and may be taken out
    std::string message;            ///< one sentence: what to do next
};

/// Thread: any shard. The references outlive it.
class MasterKeys {
public:
    struct Parts {
        async::Shards& shards;
        storage::Store& store;
        const Rescue& rescue;
        Metrics& metrics;
        std::string owner;              ///< this process
        std::vector<std::string> ring;  ///< ids, the first encrypts
    };

    explicit MasterKeys(Parts parts) : parts_(std::move(parts)) {}

    [[nodiscard]] async::Task<Result<MasterKeyReport>> report();
    /// Begins, or goes on; answers at once. Errors: conflict while a replica does not know the new key, or would still
    /// encrypt under another.
    [[nodiscard]] async::Task<Result<MasterKeyReport>> rotate();

    /// Tells the others that we are here, and what we know. Before anything is served.
    [[nodiscard]] async::Task<Result<void>> announce();
    /// The same now and then, until the shard drains; then takes it back. Spawn it with AtDrain::finish. Takes up
    /// rotations too.
    [[nodiscard]] async::Task<void> keep_announcing(async::Shard* shard);
    /// Goes on with a rotation to our first key that nobody has gone on with for `held`, if all replicas are ready.
    /// False: there is none. Errors: those of the store, conflict.
    [[nodiscard]] async::Task<Result<bool>> take_up();

    static constexpr std::chrono::seconds stale{60};  ///< a replica not heard of for so long is passed over
    static constexpr std::chrono::seconds held{20};   ///< longer than sealing a part anew takes

private:
    async::Task<void> take_back_announcement();
    [[nodiscard]] async::Task<Result<void>> all_are_ready();
    void begin();
    [[nodiscard]] async::Task<void> seal_anew();
    [[nodiscard]] async::Task<Result<void>> leave(bool done);
    [[nodiscard]] async::Task<Result<void>> seal_parts();
    void show(std::vector<storage::MasterKeyUse> uses);

    Parts parts_;
    std::atomic<bool> running_{false};
    std::atomic<std::uint64_t> sealed_anew_{0};
    std::mutex mutex_;  ///< of the failure
    std::string failure_;
};

}  // namespace evergrant::broker
