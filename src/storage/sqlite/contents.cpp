#include "storage/sqlite/contents.h"

#include "crypto/encoding.h"
#include "crypto/hash.h"
#include "storage/columns.h"
#include "storage/sqlite/api_keys.h"
#include "storage/sqlite/app_credentials.h"
#include "storage/sqlite/authorizations.h"
#include "storage/sqlite/connections.h"
#include "storage/sqlite/launch_issuers.h"
#include "storage/sqlite/signing_keys.h"
#include "storage/sqlite/tenants.h"
#include "storage/store_exception.h"

#include <algorithm>
#include <utility>

namespace evergrant::storage::sqlite {

namespace {

std::string hex(std::string_view bytes) {
    return crypto::to_hex(crypto::bytes_of(bytes));
}

/// The rows of `rows` as items, up to `limit`: `take` reads one, `key` makes the cursor after the last.
template <class Take, class Key>
Page<ContentItem> page_of(Statement rows, std::size_t limit, const Take& take, const Key& key) {
    Page<ContentItem> page;
    std::string last;
    while (rows.step()) {
        if (page.items.size() == limit) {
            page.next_cursor = last;
            break;
        }
        ContentItem item = take(rows);
        last = key(item);
        page.items.push_back(std::move(item));
    }
    return page;
}

Result<Page<ContentItem>> read_tenants(Session& session, std::string_view cursor, std::size_t limit) {
    auto tenants = list_tenants(session, cursor, limit);
    if (!tenants)
        return std::unexpected(std::move(tenants).error());
    Page<ContentItem> page;
    for (Tenant& tenant : tenants->items)
        page.items.emplace_back(std::move(tenant));
    page.next_cursor = std::move(tenants->next_cursor);
    return page;
}

Page<ContentItem> read_credentials(Session& session, std::string_view tenant, std::string_view provider,
                                   std::size_t limit) {
    Statement rows = session.database().query(
        "SELECT tenant_id, provider FROM oauth_configurations WHERE (tenant_id, provider) > (?1, ?2)"
        " ORDER BY tenant_id, provider LIMIT ?3",
        tenant, provider, limit + 1);
    const auto take = [&session](Statement& row) -> ContentItem {
        std::string scope = row.text();
        const ProviderId of(row.text());
        const auto owner = scope.empty() ? std::nullopt : std::optional(TenantId(std::move(scope)));
        return find_app_credentials(session, owner, of).value();
    };
    return page_of(std::move(rows), limit, take, [](const ContentItem& item) {
        const auto& credentials = std::get<AppCredentials>(item);
        return cursor_after(
            {hex(credentials.tenant ? credentials.tenant->str() : "") + ".", credentials.provider.str()});
    });
}

Page<ContentItem> read_keys(Session& session, std::string_view after, std::size_t limit) {
    Statement rows =
        session.database().query("SELECT id FROM api_keys WHERE id > ?1 ORDER BY id LIMIT ?2", after, limit + 1);
    const auto take = [&session](Statement& row) -> ContentItem { return find_api_key(session, row.text()).value(); };
    return page_of(std::move(rows), limit, take,
                   [](const ContentItem& item) { return cursor_after({hex(std::get<ApiKey>(item).id)}); });
}

Page<ContentItem> read_connections(Session& session, std::string_view tenant, std::string_view integration,
                                   std::size_t limit) {
    Statement rows = session.database().query(
        "SELECT t.tenant_id, t.integration_id, i.lease_owner IS NOT NULL FROM oauth_tokens t"
        " LEFT JOIN refresh_intents i USING (tenant_id, integration_id)"
        " WHERE (t.tenant_id, t.integration_id) > (?1, ?2) ORDER BY t.tenant_id, t.integration_id LIMIT ?3",
        tenant, integration, limit + 1);
    const auto take = [&session](Statement& row) -> ContentItem {
        TenantId owner(row.text());
        IntegrationId of(row.text());
        HeldConnection held;
        held.connection = find_connection(session, {std::move(owner), std::move(of)}).value();
        held.abandoned = row.boolean();
        return held;
    };
    return page_of(std::move(rows), limit, take, [](const ContentItem& item) {
        const ConnectionKey& key = std::get<HeldConnection>(item).connection.summary.key;
        return cursor_after({key.tenant.str(), key.integration.str()});
    });
}

Page<ContentItem> read_authorizations(Session& session, std::string_view after, std::size_t limit) {
    Statement rows = session.database().query(
        "SELECT state_hash FROM oauth_states WHERE state_hash > ?1 ORDER BY state_hash LIMIT ?2", Blob{after},
        limit + 1);
    const auto take = [&session](Statement& row) -> ContentItem {
        return find_authorization(session, row.text()).value();
    };
    return page_of(std::move(rows), limit, take, [](const ContentItem& item) {
        return cursor_after({hex(std::get<PendingAuthorization>(item).state_hash)});
    });
}

Page<ContentItem> read_marks(Session& session, std::string_view after, std::size_t limit) {
    Statement rows = session.database().query("SELECT name, done_at FROM once WHERE name > ?1 ORDER BY name LIMIT ?2",
                                              after, limit + 1);
    const auto take = [](Statement& row) -> ContentItem {
        OnceMark mark;
        mark.name = row.text();
        mark.done_at = row.instant();
        return mark;
    };
    return page_of(std::move(rows), limit, take,
                   [](const ContentItem& item) { return cursor_after({hex(std::get<OnceMark>(item).name)}); });
}

Page<ContentItem> read_floor(Session& session) {
    Statement row =
        session.database().query("SELECT value FROM store_state WHERE name = 'generation_floor' AND value > 0");
    Page<ContentItem> page;
    if (row.step())
        page.items.emplace_back(GenerationFloor{row.number<Generation>()});
    return page;
}

Page<ContentItem> read_signing_keys(Session& session) {
    Page<ContentItem> page;
    for (SigningKey& key : list_signing_keys(session))
        page.items.emplace_back(std::move(key));
    return page;
}

Page<ContentItem> read_launch_issuers(Session& session) {
    Page<ContentItem> page;
    for (LaunchIssuer& issuer : list_launch_issuers(session))
        page.items.emplace_back(std::move(issuer));
    return page;
}

void write(Session& session, const Tenant& tenant) {
    put_tenant(session, tenant);
}

void write(Session& session, const AppCredentials& credentials) {
    save_app_credentials(session, credentials, credentials.updated_at);
}

void write(Session& session, const ApiKey& key) {
    save_api_key(session, key);
}

void write(Session& session, const HeldConnection& held) {
    put_connection(session, held.connection, held.abandoned);
}

void write(Session& session, const PendingAuthorization& pending) {
    session.database().change("DELETE FROM oauth_states WHERE state_hash = ?1", Blob{pending.state_hash});
    if (auto saved = save_authorization(session, pending); !saved)
        throw StoreException(std::move(saved).error());
}

void write(Session& session, const OnceMark& mark) {
    session.database().change("INSERT OR REPLACE INTO once (name, done_at) VALUES (?1, ?2)", mark.name, mark.done_at);
}

void write(Session& session, const GenerationFloor& floor) {
    raise_generation_floor(session, floor.generation);
}

void write(Session& session, const SigningKey& key) {
    put_signing_key(session, key);
}

void write(Session& session, const LaunchIssuer& issuer) {
    save_launch_issuer(session, issuer);
}

void write_note(Session& session, std::string_view note) {
    if (note.empty())
        session.database().change("DELETE FROM store_state WHERE name = 'note'");
    else
        session.database().change("INSERT OR REPLACE INTO store_state (name, value) VALUES ('note', ?1)", note);
}

/// The parts of a cursor, as they were before they were written in hex.
Result<std::string> plain_part(std::string_view cursor) {
    const auto parts = parts_of(cursor, 1);
    if (!parts)
        return std::unexpected(parts.error());
    return crypto::from_hex(parts->front()).value_or("");
}

}  // namespace

std::string identity_of(Session& session) {
    Statement row = session.database().query("SELECT value FROM store_state WHERE name = 'master_key_check'");
    if (!row.step())
        throw StoreException(Error{.code = Errc::internal_error, .message = "The store has not been prepared."});
    const crypto::Digest digest = crypto::sha256(row.text());
    return crypto::to_hex(digest);
}

ContentCounts count_contents(Session& session) {
    Statement row = session.database().query(
        "SELECT (SELECT count(*) FROM tenants), (SELECT count(*) FROM oauth_configurations),"
        " (SELECT count(*) FROM api_keys), (SELECT count(*) FROM oauth_tokens), (SELECT count(*) FROM oauth_states),"
        " (SELECT count(*) FROM once),"
        " (SELECT count(*) FROM store_state WHERE name = 'generation_floor' AND value > 0),"
        " (SELECT count(*) FROM signing_keys), (SELECT count(*) FROM launch_issuers)");
    row.step();
    ContentCounts counts{};
    for (std::uint64_t& count : counts)
        count = row.number<std::uint64_t>();
    return counts;
}

Result<Page<ContentItem>> read_contents(Session& session, ContentKind kind, std::string_view cursor,
                                        std::size_t limit) {
    const std::size_t size = std::max<std::size_t>(limit, 1);
    if (kind == ContentKind::tenants)
        return read_tenants(session, cursor, size);
    if (kind == ContentKind::generation_floor)
        return read_floor(session);
    if (kind == ContentKind::signing_keys)
        return read_signing_keys(session);
    if (kind == ContentKind::launch_issuers)
        return read_launch_issuers(session);
    if (kind == ContentKind::connections || kind == ContentKind::app_credentials) {
        auto parts = parts_of(cursor, 2);
        if (!parts)
            return std::unexpected(std::move(parts).error());
        std::string& owner = parts->front();
        if (kind == ContentKind::connections)
            return read_connections(session, owner, parts->back(), size);
        owner = crypto::from_hex(owner.substr(0, owner.find('.'))).value_or("");
        return read_credentials(session, owner, parts->back(), size);
    }
    const auto after = plain_part(cursor);
    if (!after)
        return std::unexpected(after.error());
    if (kind == ContentKind::api_keys)
        return read_keys(session, *after, size);
    return kind == ContentKind::authorizations ? read_authorizations(session, *after, size)
                                               : read_marks(session, *after, size);
}

Result<void> write_contents(Session& session, const std::vector<ContentItem>& items, std::string_view note) {
    for (const ContentItem& item : items)
        std::visit([&session](const auto& one) { write(session, one); }, item);
    write_note(session, note);
    return {};
}

std::string read_note(Session& session) {
    Statement row = session.database().query("SELECT value FROM store_state WHERE name = 'note'");
    return row.step() ? row.text() : std::string();
}

}  // namespace evergrant::storage::sqlite
