#pragma once
//
// StoreContents: everything a store holds, in the clear and in pages, out of one engine and into another. For moving
// house and for checking what was moved; requests go through store.h. Every engine's Store is one of these too.
//
// What is not content: data keys and seals (each store has its own), leases, claims and budgets (they belong to
// processes).
//
#include "storage/launch_issuers.h"
#include "storage/signing_keys.h"
#include "storage/store.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace evergrant::storage {

/// A connection as its row stands.
struct HeldConnection {
    Connection connection;
    bool abandoned{false};  ///< its intent's lease never ended: claim_due_connections offers it when that has run out
};

/// Something done once, ever (Store::first_time).
struct OnceMark {
    std::string name;
    Instant done_at;
};

/// No connection that is made again is given a generation up to this.
struct GenerationFloor {
    Generation generation{0};
};

using ContentItem = std::variant<Tenant, AppCredentials, ApiKey, HeldConnection, PendingAuthorization, OnceMark,
                                 GenerationFloor, SigningKey, LaunchIssuer>;

/// The kinds of items, in the order of ContentItem's alternatives.
enum class ContentKind : std::uint8_t {
    tenants,
    app_credentials,
    api_keys,
    connections,
    authorizations,
    once_marks,
    generation_floor,  ///< one item, or none while no connection was removed
    signing_keys,      ///< all in one page
    launch_issuers,    ///< the same
};
inline constexpr std::size_t content_kinds = std::variant_size_v<ContentItem>;

/// What people call them: `app credentials`.
[[nodiscard]] std::string_view name_of(ContentKind kind) noexcept;

/// How many items there are, by kind.
using ContentCounts = std::array<std::uint64_t, content_kinds>;

/// The same for items that say the same, secrets included, and for no others. 32 bytes; tells nothing of the item.
[[nodiscard]] std::string fingerprint(const ContentItem& item);

/// Errors and the rest as in store.h. Nobody else may change the store meanwhile.
class StoreContents {
public:
    virtual ~StoreContents() = default;

    /// The same for a store as long as it exists, and for what was restored from its backup; another for every other.
    virtual Task<Result<std::string>> identity() = 0;
    virtual Task<Result<ContentCounts>> count() = 0;
    /// Items of one kind in the order of their keys. Errors: internal_error if a sealed value does not open.
    virtual Task<Result<Page<ContentItem>>> read_page(ContentKind kind, std::string cursor, std::size_t limit) = 0;
    /// Writes items as they are, in place of what stands under their keys, and then `note`, in place of the one before.
    /// What fails may be written again; the note is there only if all items are.
    virtual Task<Result<void>> write_page(std::vector<ContentItem> items, std::string note) = 0;
    /// What whoever fills the store wanted to find again; empty: nothing. Not content.
    virtual Task<Result<std::string>> note() = 0;
};

/// The contents of an open store. Lifetime: the store's.
[[nodiscard]] StoreContents& contents_of(Store& store);

}  // namespace evergrant::storage
