#pragma once
//
// Session: a shard's way to the database, with all that the functions on its tables need. What is sealed and opened
// goes through here. Thread: its shard's.
//
#include "base/metrics.h"
#include "base/secret.h"
#include "storage/audit.h"
#include "storage/call_meter.h"
#include "storage/postgres/data_keys.h"
#include "storage/postgres/pool.h"
#include "storage/sealer.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace evergrant::storage::postgres {

using async::Task;

/// A sealed value as a column holds it; nothing: the value is empty.
struct Box {
    std::optional<std::string> bytes;
    [[nodiscard]] std::optional<Bytes> column() const { return bytes ? std::optional(Bytes{*bytes}) : std::nullopt; }
};

/// The key of all these boxes; nothing if all are empty. Throws KeyMissing if they have not one: seal again.
[[nodiscard]] std::optional<std::uint64_t> common_key(std::initializer_list<const Box*> boxes);

/// What a shard remembers of the audit log between batches. `head`: where its chain ended when last heard of.
struct AuditMemory {
    SecretString key;
    AuditPosition head;
};

class Session {
public:
    Session(Pool& pool, Sealer& sealer, DataKeys& keys, Metrics* metrics = nullptr);

    /// Errors: those of Pool::run; a conflict with another transaction is store_unavailable: ask again.
    [[nodiscard]] Task<Result<std::vector<Rows>>> run(Batch batch);
    [[nodiscard]] Task<Result<Rows>> read(Statement statement);
    [[nodiscard]] Task<Result<Rows>> write(Statement statement);

    /// Runs `work`, which calls `seal`, until every key that it needs is here. `tenant`: whose values.
    template <class T>
    [[nodiscard]] Task<Result<T>> sealed(std::string tenant, std::function<T()> work) {
        for (int tries = 0; tries < most_tries; ++tries) {
            std::uint64_t used_up = 0;
            std::optional<T> value = unless_key_is_missing(work, used_up);
            if (value)
                co_return std::move(*value);
            auto granted = co_await grant_seals(&pool_, &keys_, &sealer_, tenant, used_up);
            if (!granted)
                co_return std::unexpected(std::move(granted).error());
        }
        co_return out_of_tries();
    }
    /// Throws KeyMissing.
    [[nodiscard]] Box seal(const SealedPlace& place, std::string_view plaintext);

    /// Fetches the keys of boxes that are to be opened, if they are not known.
    [[nodiscard]] Task<Result<void>> learn_keys_of(std::vector<const std::optional<std::string>*> boxes);
    /// Errors: StoreException with the sealer's error.
    [[nodiscard]] SecretString open(const SealedPlace& place, const std::optional<std::string>& box);

    /// Forgets the tenant's keys: they were destroyed, here or by another replica.
    void forget(std::string_view tenant);

    [[nodiscard]] AuditMemory& audit() noexcept { return audit_; }

    /// For start-up alone.
    [[nodiscard]] Pool& pool() noexcept { return pool_; }
    [[nodiscard]] Sealer& sealer() noexcept { return sealer_; }
    [[nodiscard]] DataKeys& keys() noexcept { return keys_; }

    static constexpr int most_tries = 8;  ///< of what another replica's changes may undo
    [[nodiscard]] static std::unexpected<Error> out_of_tries();

private:
    template <class T>
    static std::optional<T> unless_key_is_missing(const std::function<T()>& work, std::uint64_t& used_up) {
        try {
            return work();
        } catch (const KeyMissing& missing) {
            used_up = missing.used_up;
            return std::nullopt;
        }
    }

    Pool& pool_;
    Sealer& sealer_;
    DataKeys& keys_;
    CallMeter reads_;
    CallMeter writes_;
    AuditMemory audit_;
};

}  // namespace evergrant::storage::postgres
