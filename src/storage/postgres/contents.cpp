#include "storage/postgres/contents.h"

#include "crypto/encoding.h"
#include "crypto/hash.h"
#include "storage/columns.h"
#include "storage/postgres/api_keys.h"
#include "storage/postgres/app_credentials.h"
#include "storage/postgres/authorizations.h"
#include "storage/postgres/connections.h"
#include "storage/postgres/content_writes.h"
#include "storage/postgres/launch_issuers.h"
#include "storage/postgres/row_reader.h"
#include "storage/postgres/signing_keys.h"
#include "storage/postgres/tenants.h"

#include <algorithm>
#include <utility>

namespace evergrant::storage::postgres {

namespace {

std::string hex(std::string_view bytes) {
    return crypto::to_hex(crypto::bytes_of(bytes));
}

/// How many of the rows are of this page: one more was asked for, to know whether it is the last.
std::size_t rows_of_page(const Rows& rows, std::size_t limit) {
    return std::min(rows.size(), limit);
}

Task<Result<Page<ContentItem>>> read_tenants(Session* session, std::string cursor, std::size_t limit) {
    auto tenants = co_await list_tenants(session, std::move(cursor), limit);
    if (!tenants)
        co_return std::unexpected(std::move(tenants).error());
    Page<ContentItem> page;
    for (Tenant& tenant : tenants->items)
        page.items.emplace_back(std::move(tenant));
    page.next_cursor = std::move(tenants->next_cursor);
    co_return page;
}

Task<Result<Page<ContentItem>>> read_credentials(Session* session, std::string after_tenant, std::string after_provider,
                                                 std::size_t limit) {
    Statement listing(
        "SELECT tenant_id, provider FROM oauth_configurations WHERE (tenant_id, provider) > ($1, $2)"
        " ORDER BY tenant_id, provider LIMIT $3::bigint",
        after_tenant, after_provider, std::uint64_t{limit + 1});
    const auto rows = co_await session->read(std::move(listing));
    if (!rows)
        co_return std::unexpected(rows.error());
    Page<ContentItem> page;
    std::string last;
    for (std::size_t at = 0; at < rows_of_page(*rows, limit); ++at) {
        RowReader row(*rows, at);
        const std::string scope = row.text();
        const ProviderId provider(row.text());
        std::optional<TenantId> tenant;
        if (!scope.empty())
            tenant.emplace(scope);
        auto found = co_await find_app_credentials(session, tenant, provider);
        if (!found)
            co_return std::unexpected(std::move(found).error());
        page.items.emplace_back(std::move(found->value()));
        last = cursor_after({hex(scope) + ".", provider.str()});
    }
    if (rows->size() > limit)
        page.next_cursor = std::move(last);
    co_return page;
}

Task<Result<Page<ContentItem>>> read_keys(Session* session, std::string after, std::size_t limit) {
    Statement listing("SELECT id FROM api_keys WHERE id > $1 ORDER BY id LIMIT $2::bigint", after,
                      std::uint64_t{limit + 1});
    const auto rows = co_await session->read(std::move(listing));
    if (!rows)
        co_return std::unexpected(rows.error());
    Page<ContentItem> page;
    for (std::size_t at = 0; at < rows_of_page(*rows, limit); ++at) {
        std::string id(rows->text(at, 0));
        auto found = co_await find_api_key(session, std::move(id));
        if (!found)
            co_return std::unexpected(std::move(found).error());
        page.items.emplace_back(std::move(found->value()));
    }
    if (rows->size() > limit)
        page.next_cursor = cursor_after({hex(rows->text(limit - 1, 0))});
    co_return page;
}

Task<Result<Page<ContentItem>>> read_connections(Session* session, std::string after_tenant,
                                                 std::string after_integration, std::size_t limit) {
    static const std::string sql =
        "SELECT t.tenant_id, t.integration_id, i.lease_owner IS NOT NULL FROM oauth_tokens t" +
        std::string(with_intent) +
        "WHERE (t.tenant_id, t.integration_id) > ($1, $2)"
        " ORDER BY t.tenant_id, t.integration_id LIMIT $3::bigint";
    Statement listing(sql, after_tenant, after_integration, std::uint64_t{limit + 1});
    const auto rows = co_await session->read(std::move(listing));
    if (!rows)
        co_return std::unexpected(rows.error());
    Page<ContentItem> page;
    std::string last;
    for (std::size_t at = 0; at < rows_of_page(*rows, limit); ++at) {
        RowReader row(*rows, at);
        TenantId tenant(row.text());
        IntegrationId integration(row.text());
        last = cursor_after({tenant.str(), integration.str()});
        ConnectionKey key{std::move(tenant), std::move(integration)};
        auto found = co_await find_connection(session, std::move(key));
        if (!found)
            co_return std::unexpected(std::move(found).error());
        HeldConnection held;
        held.connection = std::move(found->value());
        held.abandoned = row.boolean();
        page.items.emplace_back(std::move(held));
    }
    if (rows->size() > limit)
        page.next_cursor = std::move(last);
    co_return page;
}

Task<Result<Page<ContentItem>>> read_authorizations(Session* session, std::string after, std::size_t limit) {
    Statement listing(
        "SELECT state_hash FROM oauth_states WHERE state_hash > $1::bytea ORDER BY state_hash LIMIT $2::bigint",
        Bytes{after}, std::uint64_t{limit + 1});
    const auto rows = co_await session->read(std::move(listing));
    if (!rows)
        co_return std::unexpected(rows.error());
    Page<ContentItem> page;
    std::string last;
    for (std::size_t at = 0; at < rows_of_page(*rows, limit); ++at) {
        std::string state_hash = rows->optional_bytes(at, 0).value_or("");
        last = cursor_after({hex(state_hash)});
        auto found = co_await find_authorization(session, std::move(state_hash));
        if (!found)
            co_return std::unexpected(std::move(found).error());
        page.items.emplace_back(std::move(found->value()));
    }
    if (rows->size() > limit)
        page.next_cursor = std::move(last);
    co_return page;
}

Task<Result<Page<ContentItem>>> read_marks(Session* session, std::string after, std::size_t limit) {
    Statement listing("SELECT name, done_at FROM once WHERE name > $1 ORDER BY name LIMIT $2::bigint", after,
                      std::uint64_t{limit + 1});
    const auto rows = co_await session->read(std::move(listing));
    if (!rows)
        co_return std::unexpected(rows.error());
    Page<ContentItem> page;
    for (std::size_t at = 0; at < rows_of_page(*rows, limit); ++at) {
        RowReader row(*rows, at);
        OnceMark mark;
        mark.name = row.text();
        mark.done_at = row.instant();
        page.items.emplace_back(std::move(mark));
    }
    if (rows->size() > limit)
        page.next_cursor = cursor_after({hex(rows->text(limit - 1, 0))});
    co_return page;
}

Task<Result<Page<ContentItem>>> read_floor(Session* session) {
    Statement asking("SELECT number FROM store_state WHERE name = 'generation_floor' AND number > 0");
    const auto rows = co_await session->read(std::move(asking));
    if (!rows)
        co_return std::unexpected(rows.error());
    Page<ContentItem> page;
    if (!rows->empty())
        page.items.emplace_back(GenerationFloor{static_cast<Generation>(rows->integer(0, 0))});
    co_return page;
}

Task<Result<Page<ContentItem>>> read_signing_keys(Session* session) {
    auto keys = co_await list_signing_keys(session);
    if (!keys)
        co_return std::unexpected(std::move(keys).error());
    Page<ContentItem> page;
    for (SigningKey& key : *keys)
        page.items.emplace_back(std::move(key));
    co_return page;
}

Task<Result<Page<ContentItem>>> read_launch_issuers(Session* session) {
    auto issuers = co_await list_launch_issuers(session);
    if (!issuers)
        co_return std::unexpected(std::move(issuers).error());
    Page<ContentItem> page;
    for (LaunchIssuer& issuer : *issuers)
        page.items.emplace_back(std::move(issuer));
    co_return page;
}

std::string from_hex(std::string_view digits) {
    return crypto::from_hex(digits).value_or("");
}

}  // namespace

Task<Result<std::string>> identity_of(Session* session) {
    Statement asking("SELECT box FROM store_state WHERE name = 'master_key_check'");
    const auto rows = co_await session->read(std::move(asking));
    if (!rows)
        co_return std::unexpected(rows.error());
    if (rows->empty())
        co_return failure(Errc::internal_error, "The store has not been prepared.");
    const crypto::Digest digest = crypto::sha256(rows->optional_bytes(0, 0).value_or(""));
    co_return crypto::to_hex(digest);
}

Task<Result<ContentCounts>> count_contents(Session* session) {
    Statement counting(
        "SELECT (SELECT count(*) FROM tenants), (SELECT count(*) FROM oauth_configurations),"
        " (SELECT count(*) FROM api_keys), (SELECT count(*) FROM oauth_tokens), (SELECT count(*) FROM oauth_states),"
        " (SELECT count(*) FROM once),"
        " (SELECT count(*) FROM store_state WHERE name = 'generation_floor' AND number > 0),"
        " (SELECT count(*) FROM signing_keys), (SELECT count(*) FROM launch_issuers)");
    const auto rows = co_await session->read(std::move(counting));
    if (!rows)
        co_return std::unexpected(rows.error());
    RowReader row(*rows);
    ContentCounts counts{};
    for (std::uint64_t& count : counts)
        count = row.number<std::uint64_t>();
    co_return counts;
}

Task<Result<Page<ContentItem>>> read_contents(Session* session, ContentKind kind, std::string cursor,
                                              std::size_t limit) {
    const std::size_t size = std::max<std::size_t>(limit, 1);
    if (kind == ContentKind::tenants)
        co_return co_await read_tenants(session, std::move(cursor), size);
    if (kind == ContentKind::generation_floor)
        co_return co_await read_floor(session);
    if (kind == ContentKind::signing_keys)
        co_return co_await read_signing_keys(session);
    if (kind == ContentKind::launch_issuers)
        co_return co_await read_launch_issuers(session);
    const bool by_owner = kind == ContentKind::connections || kind == ContentKind::app_credentials;
    const auto parts = parts_of(cursor, by_owner ? 2 : 1);
    if (!parts)
        co_return std::unexpected(parts.error());
    std::string first = parts->front();
    std::string last = parts->back();
    if (kind == ContentKind::connections)
        co_return co_await read_connections(session, std::move(first), std::move(last), size);
    std::string plain = from_hex(first.substr(0, first.find('.')));
    if (kind == ContentKind::app_credentials)
        co_return co_await read_credentials(session, std::move(plain), std::move(last), size);
    if (kind == ContentKind::api_keys)
        co_return co_await read_keys(session, std::move(plain), size);
    if (kind == ContentKind::authorizations)
        co_return co_await read_authorizations(session, std::move(plain), size);
    co_return co_await read_marks(session, std::move(plain), size);
}

Task<Result<void>> write_contents(Session* session, std::vector<ContentItem> items, std::string note) {
    for (ContentItem& item : items) {
        auto written = co_await write_item(session, std::move(item));
        if (!written)
            co_return written;
    }
    Statement keeping(
        "INSERT INTO store_state (name, box) VALUES ('note', $1::bytea)"
        " ON CONFLICT (name) DO UPDATE SET box = excluded.box",
        Bytes{note});
    const auto kept = co_await session->write(std::move(keeping));
    if (!kept)
        co_return std::unexpected(kept.error());
    co_return Result<void>();
}

Task<Result<std::string>> read_note(Session* session) {
    Statement asking("SELECT box FROM store_state WHERE name = 'note'");
    const auto rows = co_await session->read(std::move(asking));
    if (!rows)
        co_return std::unexpected(rows.error());
    if (rows->empty())
        co_return std::string();
    co_return rows->optional_bytes(0, 0).value_or("");
}

}  // namespace evergrant::storage::postgres
