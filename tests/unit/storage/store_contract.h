#pragma once
//
// The contract of storage/store.h as a test fixture: every engine is made by a factory and runs the same tests.
//
#include "base/clock.h"
#include "run_task.h"
#include "storage/store.h"

#include <gtest/gtest.h>

#include <exception>
#include <functional>
#include <memory>
#include <ostream>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace evergrant::storage {

class EngineUnderTest {
public:
    virtual ~EngineUnderTest() = default;
    [[nodiscard]] virtual Store& store() = 0;
    /// Closes the store and opens it again on the same data, as the next process does.
    virtual void restart() = 0;
    /// The same, with these master keys (64 hex digits each).
    virtual void restart_with(const std::vector<std::string>& master_keys) = 0;
    /// Runs SQL behind the store's back, as whoever holds the database can.
    virtual void tamper(const std::string& sql) = 0;
};

/// Makes an engine for callers on `context`, whose time is `clock`'s.
struct EngineFactory {
    std::string_view name;
    std::function<std::unique_ptr<EngineUnderTest>(const Clock& clock, boost::asio::io_context& context)> make;
};

inline std::ostream& operator<<(std::ostream& out, const EngineFactory& factory) {
    return out << factory.name;
}

inline const ConnectionKey some_key{TenantId("acme"), IntegrationId("crm")};

/// A token set of which every field says something.
inline oauth::TokenSet full_tokens(const std::string& mark) {
    oauth::TokenSet tokens;
    tokens.access_token = SecretString("access-" + mark);
    tokens.refresh_token = SecretString("refresh-" + mark);
    tokens.token_type = "Zoho-oauthtoken";
    tokens.expires_at = sys_seconds(std::chrono::seconds(1'900'000'000));
    tokens.lifetime = std::chrono::seconds(3600);
    tokens.scopes = {"contacts.read", "calls.write"};
    tokens.metadata = {{"api_domain", "https://api.example"}, {"mark", mark}};
    return tokens;
}

inline NewGrant some_grant(const ConnectionKey& key = some_key, const std::string& mark = "1") {
    NewGrant grant;
    grant.key = key;
    grant.provider = ProviderId("zoho_crm");
    grant.params = {{"region", "eu"}};
    grant.tokens = full_tokens(mark);
    return grant;
}

class StoreContract : public ::testing::TestWithParam<EngineFactory> {
protected:
    StoreContract() : engine_(GetParam().make(clock_, context_)) {}

    [[nodiscard]] Store& store() { return engine_->store(); }
    void restart() { engine_->restart(); }
    void restart_with(const std::vector<std::string>& master_keys) { engine_->restart_with(master_keys); }
    void tamper(const std::string& sql) { engine_->tamper(sql); }

    /// The value of a call that must succeed.
    template <class T>
    T ask(Task<Result<T>> call) {
        return must(evergrant::testing::run_task(context_, std::move(call)));
    }

    /// The error of a call that must fail.
    template <class T>
    Errc refusal(Task<Result<T>> call) {
        const Result<T> answer = evergrant::testing::run_task(context_, std::move(call));
        if (answer)
            throw std::logic_error("the call succeeded");
        return answer.error().code;
    }

    /// All calls at once; their values in order.
    template <class T>
    std::vector<T> ask_all(std::vector<Task<Result<T>>> calls) {
        std::vector<std::optional<Result<T>>> answers(calls.size());
        std::size_t answered = 0;
        for (std::size_t i = 0; i < calls.size(); ++i)
            boost::asio::co_spawn(context_, std::move(calls[i]), [&, i](std::exception_ptr, Result<T> answer) {
                answers[i].emplace(std::move(answer));
                ++answered;
            });
        context_.restart();
        while (answered < calls.size() && context_.run_one() != 0) {}  // an engine may have work that never ends
        std::vector<T> values;
        for (auto& answer : answers)
            values.push_back(must(std::move(answer.value())));
        return values;
    }

    Connection saved(const ConnectionKey& key = some_key, const std::string& mark = "1") {
        return ask(store().save_grant(some_grant(key, mark)));
    }
    /// Under tenant acme, due in so long.
    Connection saved_due(const std::string& integration, std::chrono::milliseconds due_in = {}) {
        NewGrant grant = some_grant({TenantId("acme"), IntegrationId(integration)});
        grant.refresh_due_at = clock_.now() + due_in;
        return ask(store().save_grant(std::move(grant)));
    }
    std::optional<Connection> found(const ConnectionKey& key = some_key) { return ask(store().find_connection(key)); }
    LeaseAnswer lease_asked(const std::string& owner, Generation newer_than = 0) {
        return ask(store().take_lease({some_key, owner, lease_duration, newer_than}));
    }
    /// A lease that is free to take.
    Lease leased(const std::string& owner) { return std::get<LeaseTaken>(lease_asked(owner)).lease; }
    bool completed(const Lease& lease, const std::string& mark) {
        return ask(store().complete_refresh({lease, full_tokens(mark), std::nullopt}));
    }

    static constexpr std::chrono::milliseconds lease_duration{30'000};

    boost::asio::io_context context_{1};  // before the engine: a store goes before the executors of its callers
    ManualClock clock_{Instant(std::chrono::milliseconds(1'800'000'000'000))};
    std::unique_ptr<EngineUnderTest> engine_;

private:
    template <class T>
    static T must(Result<T> answer) {
        if (!answer)
            throw std::runtime_error(answer.error().message + " " + answer.error().detail);
        if constexpr (!std::is_void_v<T>)
            return std::move(*answer);
    }
};

class AppGrantContract : public StoreContract {};
class GrantedByContract : public StoreContract {};
class ConnectionContract : public StoreContract {};
class LeaseContract : public StoreContract {};
class ClaimContract : public StoreContract {};
class BudgetContract : public StoreContract {};
class HealthContract : public StoreContract {
protected:
    static constexpr std::chrono::milliseconds check_claim{60'000};

    /// To be looked at in so long.
    Connection saved_to_check(const std::string& name, std::chrono::milliseconds in = {}) {
        NewGrant grant = some_grant({TenantId("acme"), IntegrationId(name)});
        grant.check_at = clock_.now() + in;
        return ask(store().save_grant(std::move(grant)));
    }
    /// To be looked at then.
    Connection saved_of(const std::string& tenant, std::optional<Instant> check_at) {
        NewGrant grant = some_grant({TenantId(tenant), IntegrationId("crm")});
        grant.check_at = check_at;
        return ask(store().save_grant(std::move(grant)));
    }
    /// Of so many tenants that they stand everywhere in a table divided by tenant.
    std::vector<ConnectionKey> saved_of_many_tenants(Instant check_at) {
        std::vector<ConnectionKey> keys;
        for (int i = 1; i <= 40; ++i)
            keys.push_back(saved_of("tenant-" + std::to_string(i), check_at).summary.key);
        return keys;
    }
    /// Whose token has so much of its life left; with or without a refresh token.
    Connection saved_with_life(const std::string& name, std::chrono::seconds left, std::chrono::seconds life,
                               bool renewable = true) {
        NewGrant grant = some_grant({TenantId("acme"), IntegrationId(name)});
        grant.tokens.expires_at = clock_.now_seconds() + left;
        grant.tokens.lifetime = life;
        if (!renewable)
            grant.tokens.refresh_token = SecretString();
        return ask(store().save_grant(std::move(grant)));
    }
    std::vector<DueCheck> claimed(std::size_t limit = 10) {
        return ask(store().claim_due_checks({check_claim, limit}));
    }
    Page<HealthReport> listed(std::optional<HealthStatus> status) {
        HealthFilter filter;
        filter.status = status;
        return ask(store().list_health(filter, "", 10));
    }
    bool recorded(CheckFinding finding) { return ask(store().record_check(std::move(finding))); }
    ConnectionSummary summary_of(const std::string& name) {
        return found({TenantId("acme"), IntegrationId(name)})->summary;
    }
};
class RefreshContract : public StoreContract {};
class AuthorizationContract : public StoreContract {};
class RecordContract : public StoreContract {};
class AuditContract : public StoreContract {};
class MasterKeyContract : public StoreContract {};

}  // namespace evergrant::storage
