#pragma once
//
// The contract of storage/contents.h as a fixture: a store filled with one of everything, and an empty one.
//
#include "storage/copy.h"
#include "store_contract.h"

namespace evergrant::storage {

struct PowerCut : std::runtime_error {
    PowerCut() : std::runtime_error("the power is gone") {}
};

inline constexpr std::array all_kinds{
    ContentKind::tenants,          ContentKind::app_credentials, ContentKind::api_keys,
    ContentKind::connections,      ContentKind::authorizations,  ContentKind::once_marks,
    ContentKind::generation_floor, ContentKind::signing_keys,    ContentKind::launch_issuers};

inline PendingAuthorization pending_of(const std::string& mark) {
    PendingAuthorization pending;
    pending.state_hash = std::string(30, '/') + mark + '\xff';
    pending.key = some_key;
    pending.provider = ProviderId("zoho_crm");
    pending.client_id = "client";
    pending.params = {{"region", "eu"}};
    pending.scopes = {"a", "b"};
    pending.redirect_uri = "https://evergrant.example/callback";
    pending.issuer = "https://issuer.example";
    pending.issuer_required = true;
    pending.code_verifier = SecretString("verifier-" + mark);
    pending.nonce = "nonce";
    pending.redirect_to = "/done";
    pending.started_by = "ada";
    pending.ticket_hash = std::string(31, 't') + mark;
    pending.held = SecretString("held-" + mark);
    pending.authorization_url = SecretString("https://issuer.example/authorize?state=" + mark);
    pending.created_at = Instant(std::chrono::milliseconds(1'799'999'000'001));
    pending.expires_at = Instant(std::chrono::milliseconds(1'800'000'600'002));
    return pending;
}

/// Two stores of the same engine.
class ContentsContract : public StoreContract {
protected:
    ContentsContract() : other_(GetParam().make(clock_, context_)) {}

    StoreContents& source() { return contents_of(store()); }
    StoreContents& target() { return contents_of(other_->store()); }

    void fill() {
        for (const char* name : {"acme", "globex", "initech"}) {
            Tenant tenant;
            tenant.id = TenantId(name);
            tenant.name = std::string("The firm ") + name;
            tenant.time_zone = "Europe/Zurich";
            tenant.contacts = {{{"email", "ada@acme.example"}}};
            tenant.settings = {{"plan", name}};
            ask(store().create_tenant(std::move(tenant)));
            clock_.advance(std::chrono::milliseconds(17));
        }
        fill_credentials();
        fill_keys();
        fill_connections();
        ask(store().save_authorization(pending_of("1")));
        ask(store().save_authorization(pending_of("2")));
        ask(store().open_ticket(pending_of("1").ticket_hash, std::string(32, 'b'), clock_.now()));
        for (const char* id : {"thumbprint-1", "thumbprint-2"})
            ask(signing_keys_of(store()).add_signing_key(
                {id, "ES384", SecretString(std::string("private ") + id), clock_.now(), clock_.now(), {}, {}},
                SigningHandover{"thumbprint-1", clock_.now() + std::chrono::hours(1),
                                clock_.now() + std::chrono::hours(2)}));
        ask(launch_issuers_of(store()).save_launch_issuer({ProviderId("epic"),
                                                           "https://ehr.example/fhir",
                                                           TenantId("acme"),
                                                           IntegrationId("ehr"),
                                                           {{"region", "eu"}},
                                                           {"openid"}}));
        for (const char* name : {"seed/zoho", "seed hubspot", "third"})
            ask(store().first_time(name));
    }

    /// Every item of a store, page by page.
    std::vector<std::string> everything(StoreContents& contents, std::size_t page_size) {
        std::vector<std::string> fingerprints;
        for (const ContentKind kind : all_kinds) {
            std::string cursor;
            do {
                auto page = ask(contents.read_page(kind, cursor, page_size));
                for (const ContentItem& item : page.items)
                    fingerprints.push_back(fingerprint(item));
                cursor = page.next_cursor;
            } while (!cursor.empty());
        }
        return fingerprints;
    }

    /// Copies until the power fails after so many pages; whether it was finished before.
    bool copied_until(int pages, std::size_t page_size) {
        CopyOptions options;
        options.page = page_size;
        options.tell = [&pages](const CopyProgress&) {
            if (pages-- == 0)
                throw PowerCut();
        };
        try {
            report_ = ask(copy_contents(&source(), &target(), std::move(options)));
            return true;
        } catch (const PowerCut&) {
            return false;
        }
    }

    std::unique_ptr<EngineUnderTest> other_;
    CopyReport report_;

private:
    void fill_credentials() {
        AppCredentials credentials;
        credentials.provider = ProviderId("zoho_crm");
        credentials.client_id = "of the deployment";
        credentials.client_secrets.emplace_back("first secret");
        credentials.client_secrets.emplace_back("second secret");
        credentials.params = {{"region", "eu"}};
        for (int times = 0; times < 2; ++times)
            ask(store().save_app_credentials(credentials.clone()));
        credentials.tenant = TenantId("acme");
        ask(store().save_app_credentials(credentials.clone()));
        credentials.client_secrets.clear();
        credentials.provider = ProviderId("hubspot");
        clock_.advance(std::chrono::milliseconds(3));
        ask(store().save_app_credentials(std::move(credentials)));
    }

    void fill_keys() {
        for (const char* id : {"k1", "k2", "k3"}) {
            ApiKey key;
            key.id = id;
            key.name = "key";
            key.role = Role::auditor;
            key.secret_hash = std::string(32, '\xfe');
            key.tenants = {TenantId("acme"), TenantId("globex")};
            key.providers = {ProviderId("hubspot")};
            key.limits.paths = {"/crm"};
            key.expires_at = sys_seconds(std::chrono::seconds(1'900'000'000));
            key.created_at = clock_.now();
            ask(store().save_api_key(std::move(key)));
        }
        ask(store().revoke_api_key("k2", clock_.now_seconds()));
        ask(store().touch_api_keys({{"k3", clock_.now_seconds()}}));
    }

    /// One of every state a connection can be in.
    void fill_connections() {
        NewGrant watched = some_grant({TenantId("acme"), IntegrationId("plain")});
        watched.granted_by = oauth::Identity{
            .issuer = "https://issuer.example", .subject = "ada-1815", .email = "ada@acme.example", .name = "Ada"};
        watched.check_at = clock_.now() + std::chrono::minutes(5);
        watched.dies_at = clock_.now_seconds() + std::chrono::hours(24 * 10);
        const Connection connection = ask(store().save_grant(std::move(watched)));
        ask(store().record_check({connection.summary.key, connection.summary.generation, CheckVerdict::unclear,
                                  "The API answered 503.", false, 14, clock_.now() + std::chrono::hours(1)}));
        saved({TenantId("globex"), IntegrationId("removed")});
        ask(store().remove_connection({TenantId("globex"), IntegrationId("removed")}));
        saved_due("due", std::chrono::minutes(5));
        saved();
        completed(leased("one"), "2");
        ask(store().fail_refresh(leased("one"), {ConnectionStatus::refresh_failed, "No answer.", clock_.now(), true}));
        held("dead", [this](const Lease& lease) {
            ask(store().fail_refresh(lease, {ConnectionStatus::invalid, "Revoked.", std::nullopt, false}));
        });
        held("abandoned", [](const Lease&) {});
        clock_.advance(lease_duration);
    }

    void held(const std::string& name, const std::function<void(const Lease&)>& then) {
        const ConnectionKey key{TenantId("initech"), IntegrationId(name)};
        saved(key);
        auto answer = ask(store().take_lease({key, "one", lease_duration, 0}));
        then(std::get<LeaseTaken>(answer).lease);
    }
};

}  // namespace evergrant::storage
