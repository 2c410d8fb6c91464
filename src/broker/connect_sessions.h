#pragma once
//
// Connect sessions: the connect page's use cases. An application opens a session for one of its tenants; the first
// browser that comes with the link has it; that browser chooses a provider, gives what only a person knows, and
// connects. Its link opens it once: from then on the session's id and the browser's cookie do. One for each shard.
//
#include "broker/app_clients.h"
#include "broker/authorizer.h"
#include "broker/redirects.h"
#include "catalog/catalog.h"
#include "storage/connect_sessions.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::broker {

/// What an application asks for. Empty scopes: each provider's own. No integration: the provider's id.
struct ConnectOrder {
    TenantId tenant;
    std::vector<ProviderId> providers;
    std::optional<IntegrationId> integration;
    std::vector<std::string> scopes;
    std::string return_origin;
    std::optional<std::chrono::seconds> lifetime;
    std::string created_by;
    std::vector<ProviderId> may_replace;  ///< providers whose grants the caller may put an end to; empty: all
};

struct ConnectCreated {
    std::string id;
    std::string url;  ///< holds the token: whoever opens it first has the session
    sys_seconds expires_at;
};

enum class ConnectState : std::uint8_t { pending, connected, failed, expired };

/// The contract's word.
[[nodiscard]] std::string_view name_of(ConnectState state) noexcept;

/// How a session stands, for its application.
struct ConnectStatus {
    storage::ConnectSession session;
    ConnectState state{ConnectState::pending};
    IntegrationId integration;  ///< of the connection; empty: nothing was begun
};

/// A session as its browser sees it.
struct ConnectView {
    ConnectStatus status;
    bool may_begin{false};  ///< its time is not over, and it is not connected
    std::string tenant_name;
    std::vector<const catalog::Provider*> providers;  ///< in the application's order; those the catalogue still has
};

/// A link opened: by which id, and the cookie that its pages will ask for.
struct ConnectOpened {
    storage::ConnectSession session;
    SecretString browser_secret;
};

/// What a person must give otherwise.
struct ConnectProblem {
    std::string parameter;
    std::string message;
};

struct ConnectBegun {
    std::vector<ConnectProblem> problems;           ///< then nothing was begun
    std::optional<AuthorizationStarted> started{};  ///< what this browser is sent to
};

/// The parameters of `provider` that the connect page asks for.
[[nodiscard]] std::vector<const catalog::ValueRule*> asked_of_person(const catalog::Provider& provider);

class ConnectSessions {
public:
    static constexpr std::chrono::seconds longest_life{1800};

    struct Parts {
        storage::Store& store;
        const catalog::Catalog& catalog;
        const AppClients& clients;
        Authorizer& authorizer;
        const Clock& clock;
        crypto::Random& random;
        RedirectRules redirects;
    };

    explicit ConnectSessions(Parts parts) : parts_(std::move(parts)) {}

    /// Errors: tenant_not_found, unknown_provider, missing_app_credentials, invalid_request (no provider, one without
    /// authorization_code, a lifetime of nothing or over `longest_life`, an origin that is not allowed).
    [[nodiscard]] async::Task<Result<ConnectCreated>> create(ConnectOrder order);

    /// Errors: not_found.
    [[nodiscard]] async::Task<Result<ConnectStatus>> status(std::string id);

    /// `browser_secret`: the cookie that the browser holds, if any. Errors: invalid_state when there is none of this
    /// link or its time is over; forbidden when another browser has it.
    [[nodiscard]] async::Task<Result<ConnectOpened>> open(SecretString token, SecretString browser_secret);

    /// Errors: those of `open`. What came of a session can be seen when its time is over.
    [[nodiscard]] async::Task<Result<ConnectView>> look(std::string id, SecretString browser_secret);

    /// Begins an authorization bound to that browser, and ends what the session has under way. Of `given` only what a
    /// person may give is taken. Errors: those of `look` and of Authorizer::start; invalid_request for a provider that
    /// is not the session's; conflict when it is connected already.
    [[nodiscard]] async::Task<Result<ConnectBegun>> begin(std::string id, SecretString browser_secret,
                                                          std::string provider, catalog::Parameters given);

    /// Authorizer::finish, and what came of it noted and shown by the session that began it, if one did.
    [[nodiscard]] async::Task<Result<AuthorizationFinished>> finish(CallbackReceived received);

    /// The same for Authorizer::answer.
    [[nodiscard]] async::Task<Result<AuthorizationFinished>> answer(AnswerReceived received);

private:
    async::Task<Result<void>> check_providers(const ConnectOrder* order);
    async::Task<Result<storage::ConnectSession>> find(std::string id, SecretString browser_secret);
    async::Task<Result<std::optional<storage::ConnectSession>>> session_of(std::string query);
    async::Task<Result<AuthorizationFinished>> told(std::optional<storage::ConnectSession> session,
                                                    Result<AuthorizationFinished> finished);
    async::Task<Result<bool>> is_known_server(const catalog::Provider* provider, const catalog::Parameters* given,
                                              TenantId tenant);
    ConnectStatus status_of(storage::ConnectSession session) const;

    Parts parts_;
};

}  // namespace evergrant::broker
