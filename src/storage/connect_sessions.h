#pragma once
//
// ConnectSessionStore: what applications have opened for their end users on the connect page. Every engine's Store is
// one of these too. No secret stands here: of tokens, states and cookies only their hashes do.
//
// Errors and the rest as in store.h.
//
#include "storage/store.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::storage {

enum class ConnectOutcome : std::uint8_t { pending, connected, failed };
[[nodiscard]] std::string_view name_of(ConnectOutcome outcome) noexcept;

struct ConnectSession {
    std::string id;  ///< SHA-256 of the link's token, in hexadecimal; opens nothing by itself
    TenantId tenant;
    std::vector<ProviderId> providers;         ///< what may be connected; never empty
    std::optional<IntegrationId> integration;  ///< nothing: the provider's id
    std::vector<std::string> scopes;           ///< empty: the provider's own
    std::string return_origin;
    std::string created_by;               ///< the caller's subject
    std::vector<ProviderId> may_replace;  ///< whose grants the caller may put an end to; empty: all
    std::string browser_hash;             ///< of the browser that opened it first; empty: none did
    std::string state_hash;               ///< of the authorization under way; empty: none
    ConnectOutcome outcome{ConnectOutcome::pending};
    ProviderId provider;  ///< of the authorization begun last; empty: none was
    std::string error;    ///< of `failed`: the contract's code
    Instant created_at;
    Instant expires_at;
};

/// How long what came of a session can be read after its end.
inline constexpr std::chrono::hours connect_sessions_are_kept{1};

class ConnectSessionStore {
public:
    virtual ~ConnectSessionStore() = default;

    /// Errors: tenant_not_found.
    virtual Task<Result<void>> save_connect_session(ConnectSession session) = 0;
    /// Also when its time is over, until it is swept with the authorizations. Nothing if there is none.
    virtual Task<Result<std::optional<ConnectSession>>> find_connect_session(std::string id) = 0;
    /// The one whose authorization this is, by an index.
    virtual Task<Result<std::optional<ConnectSession>>> find_connect_session_of(std::string state_hash) = 0;
    /// Gives it to that browser. False: it has one, its time is over, or there is none.
    virtual Task<Result<bool>> bind_connect_session(std::string id, std::string browser_hash, Instant now) = 0;
    /// Notes the authorization that is under way from now on. False: it is connected, its time is over, or it is gone.
    virtual Task<Result<bool>> begin_connect_session(std::string id, std::string state_hash, ProviderId provider,
                                                     Instant now) = 0;
    /// Notes what came of that authorization, which is under way no more. False: it is none's.
    virtual Task<Result<bool>> end_connect_session(std::string state_hash, ConnectOutcome outcome,
                                                   std::string error) = 0;
};

/// Throws std::logic_error if the store keeps none: a test's own.
[[nodiscard]] ConnectSessionStore& connect_sessions_of(Store& store);

}  // namespace evergrant::storage
