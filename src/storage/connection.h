#pragma once
//
// What the store keeps of a grant, as values.
//
#include "base/clock.h"
#include "base/ids.h"
#include "catalog/template.h"
#include "oauth/grant_type.h"
#include "oauth/identity.h"
#include "oauth/token_set.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace evergrant::storage {

using Generation = std::uint64_t;  ///< of a connection's token set; every write raises it

/// The generation of a grant that comes after `last`, the highest of its key so far; 0: there was none. The one between
/// them is for a refresh of the grant before that is still under way: what that brings can never be taken for the new.
[[nodiscard]] constexpr Generation generation_after(Generation last) noexcept {
    return last == 0 ? 1 : last + 2;
}

enum class ConnectionStatus : std::uint8_t {
    healthy,
    refresh_failed,  ///< the last refresh failed in a way that may pass
    invalid,         ///< the grant is dead: only a person can renew it
};

[[nodiscard]] std::string_view name_of(ConnectionStatus status) noexcept;
[[nodiscard]] std::optional<ConnectionStatus> parse_connection_status(std::string_view text) noexcept;

/// A durable note that a generation's refresh token is being, or was, presented to the provider.
struct Intent {
    Generation generation{0};
    Instant since;         ///< of the first time it was presented
    std::string owner;     ///< who presented it last
    unsigned attempts{1};  ///< how often it was presented
};

/// A connection without its secrets: what lists and statuses show.
struct ConnectionSummary {
    ConnectionKey key;
    ProviderId provider;
    ConnectionStatus status{ConnectionStatus::healthy};
    Generation generation{0};
    std::vector<std::string> scopes;
    std::optional<sys_seconds> expires_at;                              ///< of the access token
    oauth::GrantType grant_type{oauth::GrantType::authorization_code};  ///< how it was obtained
    bool renewable{false};               ///< without a person: by its refresh token, or by the app alone
    std::string last_error;              ///< one sentence; empty: none
    unsigned failures{0};                ///< refreshes that failed in a row
    std::optional<Instant> next_try_at;  ///< after a failure, or when a refresh is due
    std::optional<Instant> last_refresh;
    std::optional<Instant> last_check_at;  ///< by a refresh, or by a look at what the token is worth
    std::optional<Instant> next_check_at;  ///< nothing: only its refresh can tell more
    Instant obtained_at;                   ///< of the grant; refreshes do not change it
    std::optional<sys_seconds> dies_at;    ///< a person must renew the grant by then; nothing: not known, or never
    unsigned renewal_notice{0};            ///< the last notice before that which has come due, in days; 0: none
    std::optional<Intent> intent;
    std::optional<oauth::Identity> granted_by;  ///< nothing: no id_token said it
    Instant created_at;
    Instant updated_at;
};

struct Connection {
    ConnectionSummary summary;
    std::vector<std::string> asked_scopes;  ///< of a grant to the app alone: what it is obtained anew with
    catalog::Parameters params;
    oauth::TokenSet tokens;

    [[nodiscard]] Connection clone() const { return {summary, asked_scopes, params, tokens.clone()}; }
};

}  // namespace evergrant::storage
