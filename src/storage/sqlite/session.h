#pragma once
//
// Session: one connection to the database with all that the functions on its tables need. What is sealed and opened
// goes through here. Thread: one at a time.
//
#include "base/clock.h"
#include "base/secret.h"
#include "storage/sealer.h"
#include "storage/sqlite/data_keys.h"
#include "storage/sqlite/database.h"

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace evergrant::storage::sqlite {

/// A sealed value as a column holds it; nothing: the value is empty.
struct Box {
    std::optional<std::string> bytes;
    [[nodiscard]] std::optional<Blob> column() const { return bytes ? std::optional(Blob{*bytes}) : std::nullopt; }
};

class Session {
public:
    Session(const std::filesystem::path& file, Database::Use use, Sealer& sealer, const Clock& clock)
        : database_(file, use), keys_(database_), sealer_(sealer), clock_(clock) {}
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    [[nodiscard]] Database& database() noexcept { return database_; }
    [[nodiscard]] Instant now() const noexcept { return clock_.now(); }
    [[nodiscard]] const Sealer& sealer() const noexcept { return sealer_; }

    [[nodiscard]] Box seal(const SealedPlace& place, std::string_view plaintext);
    /// Errors: StoreException with the sealer's error.
    [[nodiscard]] SecretString open(const SealedPlace& place, std::optional<std::string_view> box);

    /// Destroys the tenant's data keys. The log must be emptied once this is committed: it still holds them.
    void destroy_keys_of(std::string_view tenant);
    [[nodiscard]] bool log_holds_destroyed_keys() const noexcept { return shred_pending_; }
    /// Empties the log if it holds destroyed keys. Call outside a transaction.
    void shred();

    /// Ends a change's part of the transaction: kept, or undone.
    void change_kept();
    void change_undone();
    /// Ends the transaction.
    void committed();
    void rolled_back();

private:
    void forget(const std::set<std::string>& tenants);

    Database database_;
    SqliteDataKeys keys_;
    Sealer& sealer_;
    const Clock& clock_;
    std::set<std::string> touched_by_group_;
    bool shred_in_change_{false};
    bool shred_in_group_{false};
    bool shred_pending_{false};
};

}  // namespace evergrant::storage::sqlite
