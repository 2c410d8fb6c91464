#pragma once
//
// The audit log as values, and the chain that holds it together. Pure: engines keep the rows.
//
// hash(n) = SHA-256(hash(n-1) ‖ encoding(n)), where the encoding names its version and holds the row's number, its time
// and every field behind its length (canonical_encoding). hash(0) is 32 zero bytes. Whoever holds an export checks the
// chain without any secret. A chain can be made anew by whoever can write the database: so each row also bears
// mac(n) = HMAC-SHA-256(hash(n)) under a key that only servers with the master key can open, and so do the chain's two
// ends. The key is random, of the store's own, and sealed like every secret: a rotation of the master key leaves it.
//
#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::storage {

/// Something that somebody did, or was refused.
struct AuditEvent {
    Instant at{};               ///< by the clock of the server that saw it
    std::string actor{};        ///< key id, JWT subject, or `system`; empty: nobody proved who they are
    std::string role{};         ///< `admin`, `app`, `auditor`; empty for the system and for who is not known
    std::string action{};       ///< `token.vend`
    std::string tenant{};       ///< empty: none, or the deployment
    std::string integration{};  ///< the connection, or for other things their id: a key, a provider
    std::string outcome{};      ///< `ok`, or the error's code
    std::string address{};
    std::string request_id{};
    std::string detail{};  ///< a JSON object without any secret, or empty
};

/// A row of the log.
struct AuditRecord {
    std::uint64_t sequence{0};  ///< 1 is the first; no number is left out
    AuditEvent event;
    std::string hash;  ///< 32 bytes
    std::string mac;   ///< 32 bytes
};

/// Where a chain stands.
struct AuditPosition {
    std::uint64_t sequence{0};
    std::string hash = std::string(32, '\0');

    friend bool operator==(const AuditPosition&, const AuditPosition&) = default;
};

/// The two ends of a chain as the store keeps them, each with its mac. `base`: the last row that was removed because it
/// was old.
struct AuditEnds {
    AuditPosition base;
    std::string base_mac;
    AuditPosition head;
    std::string head_mac;
};

/// Nothing: any. Times are of the event, `to` is not included.
struct AuditFilter {
    std::optional<std::string> tenant{};
    std::optional<std::string> action{};
    std::optional<std::string> actor{};
    std::optional<std::string> outcome{};
    std::optional<Instant> from{};
    std::optional<Instant> to{};
    std::optional<std::string> integration{};
};

/// How far a check has come.
struct AuditCheck {
    std::uint64_t checked_to{0};          ///< the last row that holds; ask for what comes after
    std::size_t rows{0};                  ///< checked by this call
    bool done{false};                     ///< the end is reached, or the chain is broken
    std::optional<std::uint64_t> broken;  ///< the first row that is not as it was written
    std::string reason;                   ///< one sentence, if it is broken
    AuditPosition base;
    AuditPosition head;
};

/// What can be kept elsewhere: the chain had this hash at this row. `signature`: HMAC of the other three.
struct AuditCheckpoint {
    AuditPosition position;
    Instant at;
    std::string signature;  ///< 32 bytes
};

/// What a store says of a checkpoint.
enum class AuditVerdict : std::uint8_t {
    stands,   ///< the row is there, with this hash
    differs,  ///< the row is there, with another hash: the log was written anew
    missing,  ///< the log ends before it: its end was cut off
    removed,  ///< older than what is kept
    forged,   ///< not signed by this store
};

/// Makes the rows of `events` after `after`. `key`: 32 bytes, the store's own.
[[nodiscard]] std::vector<AuditRecord> chained(const AuditPosition& after, std::vector<AuditEvent> events,
                                               const SecretString& key);

/// The text that is hashed for a row.
[[nodiscard]] std::string canonical_encoding(std::uint64_t sequence, const AuditEvent& event);
[[nodiscard]] std::string audit_hash(std::string_view previous, std::uint64_t sequence, const AuditEvent& event);

[[nodiscard]] std::string mac_of_row(const SecretString& key, const AuditPosition& row);
[[nodiscard]] std::string mac_of_base(const SecretString& key, const AuditPosition& base);
[[nodiscard]] std::string mac_of_head(const SecretString& key, const AuditPosition& head);
[[nodiscard]] std::string signature_of(const SecretString& key, const AuditPosition& position, Instant at);

/// Checks rows against the chain: give it the ends, then the rows in order, then ask. Row by row, in bounded memory.
class AuditChecker {
public:
    /// `key`: empty if the store has none yet. `previous`: the row after which the check begins, with its hash as the
    /// store has it; nothing: it begins at the base.
    AuditChecker(AuditEnds ends, const SecretString& key, std::optional<AuditPosition> previous);

    void row(const AuditRecord& record);
    /// `more`: there are rows after those that were given.
    [[nodiscard]] AuditCheck result(bool more) &&;

private:
    void break_at(std::uint64_t sequence, std::string reason);

    AuditEnds ends_;
    const SecretString& key_;
    AuditPosition previous_;
    AuditCheck check_;
};

/// Cuts long texts and replaces what no log holds: control characters and what is not UTF-8.
void tidy(AuditEvent& event);

}  // namespace evergrant::storage
