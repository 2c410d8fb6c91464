#include "storage/postgres/connections.h"

#include "storage/columns.h"
#include "storage/connection_columns.h"
#include "storage/store_exception.h"

#include <algorithm>
#include <utility>

namespace evergrant::storage::postgres {

namespace {

SealedTokens seal_now(Session& session, const ConnectionKey& key, Generation generation,
                      const oauth::TokenSet& tokens) {
    SealedTokens sealed(storage::seal_tokens(session, key, generation, tokens));
    sealed.key = common_key({&sealed.access_token, &sealed.refresh_token, &sealed.metadata});
    return sealed;
}

std::string list_sql(bool by_tenant, bool by_provider, bool by_status) {
    std::string sql = "SELECT " + summary_columns + " FROM oauth_tokens t" + std::string(with_intent) +
                      "WHERE (t.tenant_id, t.integration_id) > ($1, $2)";
    int last = 3;
    for (const auto& [wanted, column] :
         {std::pair(by_tenant, " AND t.tenant_id = $"), std::pair(by_provider, " AND t.provider = $"),
          std::pair(by_status, " AND t.status = $")})
        if (wanted)
            sql += column + std::to_string(++last);
    return sql + " ORDER BY t.tenant_id, t.integration_id LIMIT $3::bigint";
}

std::string_view list_sql_for(const ConnectionFilter& filter) {
    static const std::vector<std::string> all = [] {
        std::vector<std::string> made;
        for (unsigned which = 0; which < 8; ++which)
            made.push_back(list_sql((which & 1U) != 0, (which & 2U) != 0, (which & 4U) != 0));
        return made;
    }();
    return all[(filter.tenant ? 1U : 0U) + (filter.provider ? 2U : 0U) + (filter.status ? 4U : 0U)];
}

/// The first row.
Connection without_tokens(const Rows& rows) {
    RowReader row(rows);
    Connection connection;
    connection.summary = read_summary(row);
    return connection;
}

std::vector<const std::optional<std::string>*> boxes_of(const TokenBoxes& boxes) {
    return {&boxes.access_token, &boxes.refresh_token, &boxes.metadata};
}

/// No generation is ever given twice to a key, not even across its removal: otherwise a refresh under way could write
/// over a grant obtained after the removal. So a removal lifts the floor to what it removes, while it holds the floor
/// alone, and a new row lies above the floor, which it keeps from moving until it is written.
Statement highest_generation(const ConnectionKey& key) {
    return Statement(
        "SELECT greatest((SELECT generation FROM oauth_tokens WHERE tenant_id = $1 AND integration_id = $2),"
        " (SELECT number FROM store_state WHERE name = 'generation_floor'))",
        key.tenant.str(), key.integration.str());
}

/// Answers a row if it wrote. A generation that somebody else reached meanwhile, or a key destroyed: nothing.
Statement write_grant(const NewGrant& grant, Generation generation, const SealedTokens& sealed) {
    return Statement(
        "WITH moment AS MATERIALIZED (SELECT evergrant_now() AS at),"
        " held_floor AS MATERIALIZED (SELECT number FROM store_state WHERE name = 'generation_floor' FOR SHARE)"
        " INSERT INTO oauth_tokens AS t (tenant_id, integration_id, provider, status, generation, scopes, expires_at_s,"
        " next_try_at, created_at, updated_at, params, token_type, lifetime_s, access_token, refresh_token, metadata,"
        " last_check_at, obtained_at, next_check_at, dies_at_s, grant_type, asked_scopes, granted_by)"
        " SELECT $1, $2, $3, 'healthy', $4::bigint, $5, $6::bigint, $7::bigint, moment.at, moment.at, $8, $9,"
        " $10::bigint, $11::bytea, $12::bytea, $13::bytea, moment.at, moment.at, $15::bigint, $16::bigint,"
        " $17, $18, $19 FROM moment, held_floor"
        " WHERE held_floor.number < $4::bigint"
        " AND ($14::bigint IS NULL OR EXISTS (SELECT 1 FROM data_keys WHERE id = $14::bigint))"
        " ON CONFLICT (tenant_id, integration_id) DO UPDATE SET provider = excluded.provider, status = 'healthy',"
        " generation = excluded.generation, scopes = excluded.scopes, expires_at_s = excluded.expires_at_s,"
        " last_error = '', failures = 0, next_try_at = excluded.next_try_at, claimed_by = NULL, claimed_until = NULL,"
        " last_refresh = NULL, last_check_at = excluded.last_check_at, obtained_at = excluded.obtained_at,"
        " next_check_at = excluded.next_check_at, dies_at_s = excluded.dies_at_s, renewal_notice = 0, told_notice = 0,"
        " notice_alert = '', dies_moved_at = 0,"
        " updated_at = excluded.updated_at, params = excluded.params,"
        " token_type = excluded.token_type, lifetime_s = excluded.lifetime_s, access_token = excluded.access_token,"
        " refresh_token = excluded.refresh_token, metadata = excluded.metadata,"
        " grant_type = excluded.grant_type, asked_scopes = excluded.asked_scopes,"
        " granted_by = excluded.granted_by"
        " WHERE t.generation < excluded.generation RETURNING 1",
        grant.key.tenant.str(), grant.key.integration.str(), grant.provider.str(), generation,
        to_column(grant.tokens.scopes), grant.tokens.expires_at, grant.refresh_due_at, to_column(grant.params),
        grant.tokens.token_type, std::int64_t{grant.tokens.lifetime.count()}, sealed.access_token.column(),
        sealed.refresh_token.column(), sealed.metadata.column(), sealed.key, grant.check_at, grant.dies_at,
        name_of(grant.grant_type), to_column(grant.asked_scopes), to_column(grant.granted_by));
}

/// Intents of a generation that is no longer there, or of a connection that is not.
Statement end_older_intents(const ConnectionKey& key) {
    return Statement(
        "DELETE FROM refresh_intents i WHERE i.tenant_id = $1 AND i.integration_id = $2 AND NOT EXISTS"
        " (SELECT 1 FROM oauth_tokens t WHERE t.tenant_id = $1 AND t.integration_id = $2"
        " AND t.generation = i.generation)",
        key.tenant.str(), key.integration.str());
}

Statement find_statement(const ConnectionKey& key) {
    static const std::string sql = "SELECT " + connection_columns + " FROM oauth_tokens t" + std::string(with_intent) +
                                   "WHERE t.tenant_id = $1 AND t.integration_id = $2";
    return Statement(sql, key.tenant.str(), key.integration.str());
}

Batch grant_batch(const NewGrant& grant, Generation generation, const SealedTokens& sealed) {
    Batch batch;
    batch.statements.push_back(lock_key(sealed.key));
    batch.statements.push_back(write_grant(grant, generation, sealed));
    batch.statements.push_back(end_older_intents(grant.key));
    batch.statements.push_back(find_statement(grant.key));
    return batch;
}

const std::string delete_row = "WITH t AS (DELETE FROM oauth_tokens WHERE tenant_id = $1 AND integration_id = $2";
const std::string and_raise_the_floor =
    " RETURNING *),"
    " raised AS (UPDATE store_state SET number = greatest(number, t.generation) FROM t"
    " WHERE name = 'generation_floor')";
const std::string remove_row = delete_row + and_raise_the_floor;
/// Sets down what is to be revoked, as it was sealed.
const std::string keep_for_revocation =
    ", kept AS (INSERT INTO pending_revocations (tenant_id, integration_id, provider, generation, since, next_try_at,"
    " params, access_token, refresh_token) SELECT t.tenant_id, t.integration_id, t.provider, t.generation, moment.at,"
    " moment.at + $3::bigint, t.params, t.access_token, t.refresh_token"
    " FROM t, (SELECT evergrant_now() AS at) moment RETURNING id)";

/// The second statement answers the connection and, with a claim, the id of what is to be revoked.
Batch removal_batch(const ConnectionKey& key, std::optional<std::chrono::milliseconds> claim) {
    static const std::string remove =
        remove_row + " SELECT " + connection_columns + " FROM t" + std::string(with_intent);
    static const std::string remove_and_keep = remove_row + keep_for_revocation + " SELECT " + connection_columns +
                                               ", (SELECT id FROM kept) FROM t" + std::string(with_intent);
    Batch batch;
    batch.statements.emplace_back("SELECT number FROM store_state WHERE name = 'generation_floor' FOR UPDATE");
    batch.statements.emplace_back(std::string_view(claim ? remove_and_keep : remove), key.tenant.str(),
                                  key.integration.str());
    if (claim)
        batch.statements.back().add(std::int64_t{claim->count()});
    batch.statements.push_back(end_older_intents(key));
    return batch;
}

std::optional<TakenOut> taken_out(Connection connection, std::uint64_t revocation) {
    return TakenOut{std::move(connection), revocation};
}

/// The second statement answers a row if that generation stood still.
Batch abandonment_batch(const ConnectionKey& key, Generation generation) {
    static const std::string remove =
        delete_row + " AND generation = $3::bigint" + and_raise_the_floor + " SELECT 1 FROM t";
    Batch batch;
    batch.statements.emplace_back("SELECT number FROM store_state WHERE name = 'generation_floor' FOR UPDATE");
    batch.statements.emplace_back(std::string_view(remove), key.tenant.str(), key.integration.str(), generation);
    batch.statements.push_back(end_older_intents(key));
    return batch;
}

/// One that nobody has been given for this key.
Task<Result<Generation>> next_generation(Session* session, ConnectionKey key) {
    Statement asking = highest_generation(key);
    const auto highest = co_await session->read(std::move(asking));
    if (!highest)
        co_return std::unexpected(highest.error());
    co_return generation_after(static_cast<Generation>(highest->integer(0, 0)));
}

/// Nothing: somebody else has reached the generation, or the tenant's key was destroyed meanwhile.
Task<Result<std::optional<Connection>>> try_to_save(Session* session, const NewGrant* grant, Generation generation) {
    const auto sealed = co_await seal_tokens(session, grant->key, generation, &grant->tokens);
    if (!sealed)
        co_return std::unexpected(sealed.error());
    Batch batch = grant_batch(*grant, generation, *sealed);
    const auto answers = co_await session->run(std::move(batch));
    if (!answers)
        co_return std::unexpected(answers.error());
    const bool key_stands = !sealed->key || !(*answers)[0].empty();
    if (!key_stands)
        session->forget(grant->key.tenant.str());
    if (!key_stands || (*answers)[1].empty())
        co_return std::optional<Connection>();
    auto saved = co_await read_connection(session, &answers->back());
    if (!saved)
        co_return std::unexpected(std::move(saved).error());
    co_return std::optional<Connection>(std::move(*saved));
}

}  // namespace

std::string keys_of(const std::string& chosen) {
    return "unnest(ARRAY(SELECT tenant_id FROM " + chosen + "), ARRAY(SELECT integration_id FROM " + chosen +
           ")) AS k (tenant_id, integration_id)"
           " WHERE o.tenant_id = k.tenant_id AND o.integration_id = k.integration_id";
}

Statement lock_connection(const ConnectionKey& key) {
    return Statement("SELECT 1 FROM oauth_tokens WHERE tenant_id = $1 AND integration_id = $2 FOR NO KEY UPDATE",
                     key.tenant.str(), key.integration.str());
}

Task<Result<SealedTokens>> seal_tokens(Session* session, ConnectionKey key, Generation generation,
                                       const oauth::TokenSet* tokens) {
    std::string tenant = key.tenant.str();
    std::function<SealedTokens()> work = [=] { return seal_now(*session, key, generation, *tokens); };
    auto sealed = co_await session->sealed(std::move(tenant), std::move(work));
    co_return sealed;
}

Task<Result<Connection>> read_connection(Session* session, const Rows* rows) {
    RowReader row(*rows);
    SealedConnection sealed = read_sealed(row);
    std::vector<const std::optional<std::string>*> boxes = boxes_of(sealed.boxes);
    auto learned = co_await session->learn_keys_of(std::move(boxes));
    if (!learned)
        co_return std::unexpected(std::move(learned).error());
    co_return opened(*session, std::move(sealed));
}

Task<Result<std::optional<Connection>>> find_connection(Session* session, ConnectionKey key) {
    Statement finding = find_statement(key);
    auto rows = co_await session->read(std::move(finding));
    if (!rows)
        co_return std::unexpected(std::move(rows).error());
    if (rows->empty())
        co_return std::optional<Connection>();
    auto connection = co_await read_connection(session, &*rows);
    if (!connection)
        co_return std::unexpected(std::move(connection).error());
    co_return std::optional<Connection>(std::move(*connection));
}

Task<Result<Page<ConnectionSummary>>> list_connections(Session* session, ConnectionFilter filter, std::string cursor,
                                                       std::size_t limit) {
    const auto after = parts_of(cursor, 2);
    if (!after)
        co_return std::unexpected(after.error());
    const std::size_t size = std::max<std::size_t>(limit, 1);
    Statement listing(list_sql_for(filter), (*after)[0], (*after)[1], std::uint64_t{size + 1});
    if (filter.tenant)
        listing.add(filter.tenant->str());
    if (filter.provider)
        listing.add(filter.provider->str());
    if (filter.status)
        listing.add(name_of(*filter.status));
    const auto rows = co_await session->read(std::move(listing));
    if (!rows)
        co_return std::unexpected(rows.error());
    Page<ConnectionSummary> page;
    for (std::size_t at = 0; at < std::min(rows->size(), size); ++at) {
        RowReader row(*rows, at);
        page.items.push_back(read_summary(row));
    }
    if (rows->size() > size) {
        const ConnectionKey& last = page.items.back().key;
        page.next_cursor = cursor_after({last.tenant.str(), last.integration.str()});
    }
    co_return page;
}

Task<Result<Connection>> save_grant(Session* session, NewGrant grant) {
    for (int tries = 0; tries < Session::most_tries; ++tries) {
        const auto generation = co_await next_generation(session, grant.key);
        if (!generation)
            co_return std::unexpected(generation.error());
        auto saved = co_await try_to_save(session, &grant, *generation);
        if (!saved)
            co_return std::unexpected(std::move(saved).error());
        if (*saved)
            co_return std::move(**saved);
    }
    co_return Session::out_of_tries();
}

Task<Result<Connection>> begin_grant(Session* session, NewGrant grant) {
    for (int tries = 0; tries < Session::most_tries; ++tries) {
        // Asked for before the look: what somebody else inserts after it has this generation, and stays.
        const auto generation = co_await next_generation(session, grant.key);
        if (!generation)
            co_return std::unexpected(generation.error());
        auto standing = co_await find_connection(session, grant.key);
        if (!standing)
            co_return std::unexpected(std::move(standing).error());
        if (!*standing)
            standing = co_await try_to_save(session, &grant, *generation);
        if (!standing)
            co_return std::unexpected(std::move(standing).error());
        if (*standing)
            co_return std::move(**standing);
    }
    co_return Session::out_of_tries();
}

Task<Result<bool>> abandon_grant(Session* session, ConnectionKey key, Generation generation) {
    Batch batch = abandonment_batch(key, generation);
    const auto answers = co_await session->run(std::move(batch));
    if (!answers)
        co_return std::unexpected(answers.error());
    co_return !(*answers)[1].empty();
}

Task<Result<std::optional<TakenOut>>> take_out(Session* session, ConnectionKey key,
                                               std::optional<std::chrono::milliseconds> claim) {
    // The keys that open it are fetched before it goes: nobody could revoke what is removed and cannot be read.
    Statement finding = find_statement(key);
    const auto found = co_await session->read(std::move(finding));
    if (!found)
        co_return std::unexpected(found.error());
    if (found->empty())
        co_return std::optional<TakenOut>();
    Connection before = without_tokens(*found);
    try {
        auto readable = co_await read_connection(session, &*found);
        if (!readable)
            co_return std::unexpected(std::move(readable).error());
        before = std::move(*readable);
    } catch (const StoreException&) {
        // What does not open is removed all the same.
    }
    Batch batch = removal_batch(key, claim);
    const auto answers = co_await session->run(std::move(batch));
    if (!answers) {
        if (answers.error().code != Errc::store_unavailable)
            co_return std::unexpected(answers.error());
        // It may have been done. Who asked again would find nothing then, and nobody would tell the provider.
        Statement looking = find_statement(key);
        const auto left = co_await session->read(std::move(looking));
        if (!left || !left->empty())
            co_return std::unexpected(answers.error());
        co_return taken_out(std::move(before), 0);
    }
    const Rows& removed = (*answers)[1];
    if (removed.empty())
        co_return std::optional<TakenOut>();
    const std::uint64_t revocation = claim ? static_cast<std::uint64_t>(removed.integer(0, connection_width)) : 0;
    try {
        auto readable = co_await read_connection(session, &removed);
        if (readable)
            co_return taken_out(std::move(*readable), revocation);
    } catch (const StoreException&) {
        // It comes without its tokens.
    }
    co_return taken_out(without_tokens(removed), revocation);
}

Task<Result<std::optional<Connection>>> remove_connection(Session* session, ConnectionKey key) {
    auto removed = co_await take_out(session, std::move(key), std::nullopt);
    if (!removed)
        co_return std::unexpected(std::move(removed).error());
    if (!*removed)
        co_return std::optional<Connection>();
    co_return std::optional<Connection>(std::move((*removed)->connection));
}

}  // namespace evergrant::storage::postgres
