#pragma once
//
// The contract of storage/connect_sessions.h as a test fixture.
//
#include "storage/connect_sessions.h"
#include "store_contract.h"

#include <optional>
#include <string>

namespace evergrant::storage {

class ConnectSessionContract : public StoreContract {
protected:
    static constexpr std::string_view id = "session-1";
    static constexpr std::string_view state = "state-1";

    [[nodiscard]] ConnectSessionStore& sessions() { return connect_sessions_of(store()); }
    void add_tenant(const std::string& name = "acme") {
        Tenant tenant;
        tenant.id = TenantId(name);
        ask(store().create_tenant(std::move(tenant)));
    }
    ConnectSession some_session(const std::string& name = std::string(id)) {
        ConnectSession session;
        session.id = name;
        session.tenant = TenantId("acme");
        session.providers = {ProviderId("zoho_crm"), ProviderId("shopify")};
        session.integration = IntegrationId("crm");
        session.scopes = {"read", "write"};
        session.return_origin = "https://app.example";
        session.created_by = "key-1";
        session.may_replace = {ProviderId("shopify")};
        session.created_at = clock_.now();
        session.expires_at = clock_.now() + std::chrono::minutes(30);
        return session;
    }
    void add_session() {
        add_tenant();
        ask(sessions().save_connect_session(some_session()));
    }
    std::optional<ConnectSession> found() { return ask(sessions().find_connect_session(std::string(id))); }
    bool bound(const std::string& browser) {
        return ask(sessions().bind_connect_session(std::string(id), browser, clock_.now()));
    }
    bool begun(const std::string& with = std::string(state)) {
        return ask(sessions().begin_connect_session(std::string(id), with, ProviderId("shopify"), clock_.now()));
    }
    bool ended(ConnectOutcome outcome, const std::string& error = "", const std::string& with = std::string(state)) {
        return ask(sessions().end_connect_session(with, outcome, error));
    }
};

}  // namespace evergrant::storage
