#pragma once
//
// Authorizer: begins an authorization and finishes it. The callback trusts the stored record alone, never ids of its
// query; a state is spent once. Rows C1 to C6 of docs/security.md. One for each shard.
//
#include "async/deadline.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "base/trace_context.h"
#include "broker/app_clients.h"
#include "broker/audit_log.h"
#include "broker/grant_keeper.h"
#include "broker/grant_plan.h"
#include "broker/held_authorization.h"
#include "broker/issuer_keys.h"
#include "broker/provider_calls.h"
#include "broker/redirects.h"
#include "broker/refresh_policy.h"
#include "broker/revoker.h"
#include "broker/token_vendor.h"
#include "catalog/catalog.h"
#include "crypto/random.h"
#include "oauth/authorization_request.h"
#include "oauth/identity.h"
#include "storage/store.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace evergrant::broker {

/// What a caller asks for. Empty scopes: the provider's own. Empty integration: the provider's id.
struct AuthorizationOrder {
    TenantId tenant;
    std::string provider;
    std::optional<IntegrationId> integration;
    std::vector<std::string> scopes;
    std::string redirect_to;
    catalog::Parameters params;
    std::string started_by;
    std::vector<ProviderId> may_replace{};  ///< providers whose grants the caller may put an end to; empty: all
    bool for_end_user{false};               ///< the browser that opens the ticket must be the one that comes back
    Giver giver{Giver::operator_};          ///< of the parameters
};

struct AuthorizationStarted {
    std::string url;         ///< to open: the provider's own, or this server's ticket for an end user
    std::string state;       ///< empty for an end user's: only the browser shall hold it
    std::string state_hash;  ///< by which its callback can be told, also for who may not hold the state
    IntegrationId integration;
    sys_seconds expires_at;
};

/// A ticket opened: where the browser goes, and the cookie value that the callback will ask for.
struct TicketOpened {
    SecretString location;
    SecretString browser_secret;
};

/// What the provider's redirect brought.
struct CallbackReceived {
    std::string path;             ///< compared with the recorded redirect URI's
    std::string query;            ///< raw
    SecretString browser_secret;  ///< the cookie's value; empty: none
    std::optional<TraceContext> trace{};
    std::string address{};  ///< for the audit log, as is the next
    std::string request_id{};
};

/// What a person is asked before an authorization goes on. Only the browser that holds `browser_secret` can answer,
/// once.
struct AuthorizationQuestion {
    ConnectionKey key;
    std::string provider_name;
    std::optional<oauth::Identity> granted_before;  ///< nothing: it is asked whether the browser is the right one
    std::optional<oauth::Identity> granted_now;
    SecretString handle;
    std::string answer_url;  ///< where the answer is posted to, followed by yes or no
    SecretString browser_secret;
};

/// The browser's way on after a callback that reached an end, good or bad; or a question, and there is no end yet.
struct AuthorizationFinished {
    std::string location;
    bool succeeded{false};
    std::string reason{};  ///< the contract's code of what failed
    std::optional<AuthorizationQuestion> question{};
};

/// An answer to a question.
struct AnswerReceived {
    SecretString handle;
    SecretString browser_secret;  ///< the cookie's value; empty: none
    bool yes{false};
    std::string address{};  ///< for the audit log, as is the next
    std::string request_id{};
};

class Authorizer {
public:
    struct Parts {
        storage::Store& store;
        const catalog::Catalog& catalog;
        const AppClients& clients;
        ProviderCalls& calls;
        TokenVendors& vendors;
        Revoker& revoker;
        GrantKeeper& keeper;
        IssuerKeys& keys;
        const Clock& clock;
        crypto::Random& random;
        Metrics& metrics;
        AuditLog& audit;
        RedirectRules redirects;
        RefreshPolicy policy;
        std::chrono::milliseconds provider_timeout{20'000};
        std::chrono::seconds life{600};  ///< of a state, a ticket and a question
        bool confirm_unbound{false};     ///< whether a person is asked where no ticket has bound the browser
    };

    explicit Authorizer(Parts parts) : parts_(std::move(parts)) {}

    /// Errors: tenant_not_found, unknown_provider, missing_app_credentials, invalid_request (parameters, scopes,
    /// redirectTo, a provider without this grant), forbidden (a connection of that name is not the caller's to
    /// replace), provider_* when its endpoints must be discovered and cannot.
    [[nodiscard]] async::Task<Result<AuthorizationStarted>> start(AuthorizationOrder order);

    /// `browser_secret`: the cookie that the browser holds from another authorization under way, which is then kept;
    /// empty: none. Errors: invalid_state when the ticket is unknown, opened before or expired.
    [[nodiscard]] async::Task<Result<TicketOpened>> open_ticket(SecretString ticket, SecretString browser_secret);

    /// Errors, none of which tells more than the caller may know: invalid_request, invalid_state (unknown, spent,
    /// expired, another browser, another redirect URI, another issuer), authorization_denied. A failed exchange is no
    /// error: the person is sent on with `oauth=error&reason=<code>`.
    /// Where a person must say yes before it goes on, the answer is a question instead: for a browser that no ticket
    /// has bound (`confirm_unbound`), and for a grant by another person than the one that stands.
    [[nodiscard]] async::Task<Result<AuthorizationFinished>> finish(CallbackReceived received);

    /// Yes goes on, and may end in a further question; no revokes what was obtained already. Errors: invalid_state
    /// (unknown, answered, expired, another browser); what comes after is as `finish` says.
    [[nodiscard]] async::Task<Result<AuthorizationFinished>> answer(AnswerReceived received);

private:
    /// What became of a callback, for who counts, logs and audits it.
    struct Ending {
        storage::AuditEvent event;
        ProviderId provider;  ///< of the catalogue; empty: nobody awaits the state
        bool person_declined{false};
        bool asked{false};  ///< the end is yet to come
        std::optional<Error> failed;
    };
    async::Task<Result<AuthorizationFinished>> finish(CallbackReceived received, Ending* ending);
    async::Task<Result<AuthorizationFinished>> answer(AnswerReceived received, Ending* ending);
    void tell(Ending ending, const Result<AuthorizationFinished>& finished);
    /// What obtaining a grant, or keeping it, has come to: nothing but a question, if one is to be asked before.
    using Settled = Result<std::optional<AuthorizationQuestion>>;
    AuthorizationFinished ended(const storage::PendingAuthorization& pending, Settled settled, Ending* ending) const;
    async::Task<Settled> ask(storage::PendingAuthorization pending, SecretString held, SecretString browser_secret);
    async::Task<Settled> ask_about_person(storage::PendingAuthorization pending, storage::NewGrant grant,
                                          std::optional<oauth::Identity> granted_before, SecretString browser_secret);
    /// Whose grant may be ended by a new one.
    enum class Replacing : std::uint8_t { the_same_persons, anybodys };
    async::Task<Settled> settle(storage::NewGrant grant, bool first, Replacing replacing);
    async::Task<Settled> go_on(storage::PendingAuthorization pending, AnswerReceived received);
    async::Task<Settled> keep_held(storage::PendingAuthorization pending, HeldGrant held, bool yes);
    storage::NewGrant new_grant(const storage::PendingAuthorization& pending, catalog::Parameters params,
                                oauth::TokenSet tokens) const;
    void count(const Ending& ending) const;
    /// What a code was exchanged for.
    struct Exchanged {
        oauth::TokenSet tokens;
        SecretString id_token;  ///< empty: none
    };
    async::Task<Result<Exchanged>> exchange(const storage::PendingAuthorization* pending, GrantPlan* plan,
                                            SecretString code, std::optional<TraceContext> trace);
    void plan_checks(storage::NewGrant& grant, const catalog::Provider& provider, const oauth::TokenSet& tokens) const;
    async::Task<Settled> obtain(storage::PendingAuthorization pending, oauth::Callback callback,
                                CallbackReceived received);
    async::Task<Result<storage::PendingAuthorization>> spend(std::string state);
    storage::PendingAuthorization record_of(const AuthorizationOrder& order, const GrantPlan& plan,
                                            const std::string& state);
    std::string authorization_url(const storage::PendingAuthorization& pending, const GrantPlan& plan,
                                  const std::string& state, std::map<std::string, std::string> extra);
    AuthorizationFinished way_on(const std::string& redirect_to, const TenantId& tenant, const ProviderId& provider,
                                 std::string_view reason) const;

    Parts parts_;
};

}  // namespace evergrant::broker
