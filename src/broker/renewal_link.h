#pragma once
//
// Renewal link: the address at which one connection can be authorized again without signing in, for whoever was sent
// it. It names the connection and its own end and proves both by a key of the master key ring, so that it is made and
// read without the store. What it opens, and when, is renewals.h's.
//
#include "base/clock.h"
#include "base/ids.h"
#include "crypto/aead.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::broker {

/// What a renewal link is for.
struct RenewalSubject {
    ConnectionKey key;
    ProviderId provider;
};

/// Immutable; shared by all threads.
class RenewalLinks {
public:
    static constexpr std::string_view purpose = "renewal link";  ///< of the keys, for KeyRing::derive_all
    static constexpr std::chrono::days life{14};

    /// `keys`: the first makes links, all read them; at least one. `base_url`: this server as browsers see it.
    RenewalLinks(std::vector<crypto::AeadKey> keys, std::string base_url);

    /// Equal arguments give the same address. It is good for `life` after `from`.
    [[nodiscard]] std::string url_of(const RenewalSubject& subject, Instant from) const;

    /// `link`: the last part of the address. Nothing if it was changed, or made under another key, or is too old; one
    /// answer for all causes.
    [[nodiscard]] std::optional<RenewalSubject> read(std::string_view link, Instant now) const;

private:
    [[nodiscard]] bool is_ours(std::string_view proof, std::string_view claim) const;

    std::vector<crypto::AeadKey> keys_;
    std::string base_url_;
};

}  // namespace evergrant::broker
