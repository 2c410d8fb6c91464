#pragma once
//
// Held authorization: what waits for a person's yes, as the text that is sealed with the pending authorization: a
// callback whose browser is not known to be the one that began it, or a grant by another person than before. Pure.
//
#include "base/secret.h"
#include "catalog/template.h"
#include "oauth/identity.h"
#include "oauth/token_set.h"
#include "storage/store.h"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace evergrant::broker {

struct HeldCallback {
    SecretString query;  ///< raw; holds the code
};

struct HeldGrant {
    catalog::Parameters params;
    oauth::TokenSet tokens;
    std::optional<oauth::Identity> granted_by;
    std::uint64_t revocation{0};  ///< noted, and to be taken back before it is kept
};

using HeldAuthorization = std::variant<HeldCallback, HeldGrant>;

[[nodiscard]] SecretString write_held(const HeldCallback& callback);
/// The parts of `grant` that a HeldGrant has; the others are worked out anew.
[[nodiscard]] SecretString write_held(const storage::NewGrant& grant, std::uint64_t revocation);

/// Nothing unless it is what write_held wrote.
[[nodiscard]] std::optional<HeldAuthorization> read_held(const SecretString& text);

}  // namespace evergrant::broker
