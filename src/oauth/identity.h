#pragma once
//
// Identity: the person who granted access, as an issuer names him. A value; read from an id_token by oauth/id_token.h.
//
#include <string>

namespace evergrant::oauth {

/// Two are the same person if issuer and subject agree (OpenID Connect Core 5.7); the rest may change.
struct Identity {
    std::string issuer;
    std::string subject;
    std::string email;  ///< empty: not told
    std::string name;   ///< empty: not told

    [[nodiscard]] bool is_same_person(const Identity& other) const noexcept {
        return issuer == other.issuer && subject == other.subject;
    }
};

}  // namespace evergrant::oauth
