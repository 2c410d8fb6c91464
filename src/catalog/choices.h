#pragma once
//
// The words that a catalogue file may choose from, each with what it means. Reading, describing and the tests of the
// published schema go by these tables.
//
#include "catalog/provider.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <vector>

namespace evergrant::catalog {

template <class T>
struct Choice {
    std::string_view name;
    T value;
};

inline constexpr std::array grant_type_choices{
    Choice{"authorization_code", GrantType::authorization_code},
    Choice{"refresh_token", GrantType::refresh_token},
    Choice{"client_credentials", GrantType::client_credentials},
    Choice{"jwt_bearer", GrantType::jwt_bearer},
};

inline constexpr std::array client_auth_choices{
    Choice{"client_secret_basic", oauth::ClientAuthMethod::client_secret_basic},
    Choice{"client_secret_post", oauth::ClientAuthMethod::client_secret_post},
    Choice{"private_key_jwt", oauth::ClientAuthMethod::private_key_jwt},
    Choice{"tls_client_auth", oauth::ClientAuthMethod::tls_client_auth},
    Choice{"none", oauth::ClientAuthMethod::none},
};

inline constexpr std::array assertion_audience_choices{
    Choice{"issuer", AssertionAudience::issuer},
    Choice{"token_url", AssertionAudience::token_url},
};

inline constexpr std::array assertion_scope_choices{
    Choice{"request", AssertionScope::request},
    Choice{"assertion", AssertionScope::assertion},
    Choice{"none", AssertionScope::none},
};

inline constexpr std::array pkce_choices{
    Choice{"S256", Pkce::s256},
    Choice{"none", Pkce::none},
};

inline constexpr std::array refresh_policy_choices{
    Choice{"static", RefreshPolicyKind::is_static},
    Choice{"rotates_with_grace", RefreshPolicyKind::rotates_with_grace},
    Choice{"rotates_strictly", RefreshPolicyKind::rotates_strictly},
};

/// What an id_token may be signed by; HS256 is by the client secret.
inline constexpr std::array<std::string_view, 10> id_token_algorithms{"RS256", "RS384", "RS512", "PS256", "PS384",
                                                                      "PS512", "ES256", "ES384", "EdDSA", "HS256"};

inline constexpr std::array revocation_style_choices{
    Choice{"rfc7009", oauth::RevocationStyle::rfc7009},
    Choice{"query_token", oauth::RevocationStyle::query_token},
    Choice{"bearer", oauth::RevocationStyle::bearer},
    Choice{"delete_path", oauth::RevocationStyle::delete_path},
};

inline constexpr std::array revocation_ends_choices{
    Choice{"token", RevocationEnds::token},
    Choice{"grant", RevocationEnds::grant},
};

inline constexpr std::array asked_of_choices{
    Choice{"operator", AskedOf::operator_},
    Choice{"person", AskedOf::person},
};

/// What an error rule may say; that nothing was sent, or no answer came, is not for a rule to decide.
inline constexpr std::array failure_choices{
    Choice{"dead_grant", oauth::FailureClass::dead_grant},
    Choice{"app_misconfigured", oauth::FailureClass::app_misconfigured},
    Choice{"request_rejected", oauth::FailureClass::request_rejected},
    Choice{"throttled", oauth::FailureClass::throttled},
    Choice{"provider_unavailable", oauth::FailureClass::provider_unavailable},
};

template <class Choices>
[[nodiscard]] std::vector<std::string_view> names_of(const Choices& choices) {
    std::vector<std::string_view> names;
    for (const auto& choice : choices)
        names.push_back(choice.name);
    return names;
}

template <class T, std::size_t N>
[[nodiscard]] constexpr std::optional<T> choose(const std::array<Choice<T>, N>& choices, std::string_view name) {
    const auto found = std::ranges::find(choices, name, &Choice<T>::name);
    return found == choices.end() ? std::nullopt : std::optional(found->value);
}

/// The word for `value`; empty if the table has none.
template <class T, std::size_t N>
[[nodiscard]] constexpr std::string_view word_for(const std::array<Choice<T>, N>& choices, T value) noexcept {
    const auto found = std::ranges::find(choices, value, &Choice<T>::value);
    return found == choices.end() ? std::string_view{} : found->name;
}

}  // namespace evergrant::catalog
