#pragma once
//
// The in-process token cache: one for each shard, no lock, no allocation on a hit. Entries are immutable and shared
// between shards; `withdraw` ends an entry for all of them at once. Access tokens only, never refresh tokens.
//
#include "base/clock.h"
#include "base/ids.h"
#include "base/secret.h"

#include <boost/json/object.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace evergrant::cache {

/// What a reader gets of a connection. Immutable but for whether it is withdrawn and when it was last known to stand.
struct CachedToken {
    ConnectionKey key;
    ProviderId provider;
    std::uint64_t generation{0};
    SecretString access_token;
    std::string token_type;
    std::optional<sys_seconds> expires_at;  ///< nothing: does not expire
    std::chrono::seconds lifetime{0};       ///< when it was issued; 0 if it does not expire
    std::vector<std::string> scopes;
    boost::json::object metadata;
    bool degraded{false};               ///< a refresh failed; this is the token of before, still valid
    sys_seconds serve_until;            ///< until then it is served without a look anywhere else
    std::chrono::seconds asked_ttl{0};  ///< the longest minTtl that this token set was fetched for
    SecretString rendered;              ///< the body of the read route's answer

    /// Whether a reader may have it at `now` with at least `min_ttl` left. A `min_ttl` no token of this provider can
    /// have is met by a token that was fetched for it.
    [[nodiscard]] bool serves(sys_seconds now, std::chrono::seconds min_ttl) const noexcept;

    [[nodiscard]] bool withdrawn() const noexcept { return withdrawn_.load(std::memory_order_acquire); }
    /// Ends the entry in every shard: revoked, deleted, or replaced.
    void withdraw() const noexcept { withdrawn_.store(true, std::memory_order_release); }

    /// When the store was last asked and said that this stands; steady time. Of all shards at once.
    [[nodiscard]] std::chrono::milliseconds asked_at() const noexcept {
        return std::chrono::milliseconds(asked_at_.load(std::memory_order_acquire));
    }
    void note_asked(std::chrono::milliseconds at) const noexcept {
        asked_at_.store(at.count(), std::memory_order_release);
    }
    /// From now on the store is asked before anybody is served.
    void doubt() const noexcept {
        spared_until_.store(0, std::memory_order_release);
        asked_at_.store(long_ago, std::memory_order_release);
    }
    /// Until when it is served although the store cannot be asked; steady time.
    [[nodiscard]] std::chrono::milliseconds spared_until() const noexcept {
        return std::chrono::milliseconds(spared_until_.load(std::memory_order_acquire));
    }
    void spare_until(std::chrono::milliseconds until) const noexcept {
        spared_until_.store(until.count(), std::memory_order_release);
    }

private:
    static constexpr std::int64_t long_ago = std::numeric_limits<std::int64_t>::min() / 2;

    mutable std::atomic<bool> withdrawn_{false};
    mutable std::atomic<std::int64_t> asked_at_{long_ago};
    mutable std::atomic<std::int64_t> spared_until_{0};
};

using SharedToken = std::shared_ptr<const CachedToken>;

/// One shard's entries. Holds at most `capacity`: those not read lately go first, and go withdrawn, so that no other
/// shard keeps what its home has forgotten.
class TokenCache {
public:
    explicit TokenCache(std::size_t capacity) : half_capacity_(capacity / 2 + 1) {}

    /// The entry if it is there and not withdrawn, fresh or not; else null. Valid until the next call.
    [[nodiscard]] const SharedToken* find(std::string_view tenant, std::string_view integration);

    /// Replaces, and withdraws, what stood under the key, unless that is of a newer generation. What stands now; valid
    /// until the next call.
    const SharedToken& put(SharedToken token);

    /// Withdraws and forgets.
    void remove(const ConnectionKey& key);

    [[nodiscard]] std::size_t size() const noexcept { return recent_.size() + older_.size(); }

private:
    struct KeyView {
        std::string_view tenant;
        std::string_view integration;
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(const SharedToken& token) const noexcept;
        std::size_t operator()(const KeyView& key) const noexcept;
    };
    struct Equal {
        using is_transparent = void;
        bool operator()(const SharedToken& a, const SharedToken& b) const noexcept { return a->key == b->key; }
        bool operator()(const KeyView& a, const SharedToken& b) const noexcept;
        bool operator()(const SharedToken& a, const KeyView& b) const noexcept { return (*this)(b, a); }
    };
    using Entries = std::unordered_set<SharedToken, Hash, Equal>;  // the key stands in the token

    static KeyView view_of(const ConnectionKey& key) noexcept { return {key.tenant.str(), key.integration.str()}; }

    void make_room();

    // Two generations stand in for an exact LRU list: what is read in `older_` moves to `recent_`; when `recent_` is
    // full it becomes `older_` and what was there goes.
    std::size_t half_capacity_;
    Entries recent_;
    Entries older_;
};

}  // namespace evergrant::cache
