#pragma once
//
// How a connection stands in columns, in both engines alike: which columns, how a row of them is read, and how its
// token set is sealed and opened. Pure. Errors: StoreException when a column holds what was never written.
//
#include "storage/columns.h"
#include "storage/connection.h"
#include "storage/refresh_token_column.h"
#include "storage/sealer.h"

#include <boost/json/serialize.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace evergrant::storage {

/// The columns that `read_summary` reads, of oauth_tokens as t and its intent, if any, as i; and how many.
inline const std::string summary_columns =
    "t.tenant_id, t.integration_id, t.provider, t.status, t.generation, t.scopes, t.expires_at_s, t.grant_type,"
    " t.refresh_token IS NOT NULL OR t.grant_type <> 'authorization_code', t.last_error, t.failures, t.next_try_at, "
    "t.last_refresh, t.last_check_at,"
    " t.next_check_at, t.obtained_at, t.dies_at_s, t.renewal_notice, t.granted_by, t.created_at, t.updated_at,"
    " i.generation, i.since, i.owner, i.attempts";
inline constexpr int summary_width = 25;
/// The columns of a whole connection, and how many.
inline const std::string connection_columns =
    summary_columns +
    ", t.params, t.asked_scopes, t.token_type, t.lifetime_s, t.access_token, t.refresh_token, t.metadata";
inline constexpr int connection_width = 32;

/// Reads an intent from a row of either engine, or steps over nothing where there is none.
template <class Row>
[[nodiscard]] std::optional<Intent> read_intent(Row& row) {
    if (row.next_is_null())
        return std::nullopt;
    Intent intent;
    intent.generation = row.template number<Generation>();
    intent.since = row.instant();
    intent.owner = row.text();
    intent.attempts = row.template number<unsigned>();
    return intent;
}

template <class Row>
[[nodiscard]] ConnectionSummary read_summary(Row& row) {
    ConnectionSummary summary;
    summary.key.tenant = TenantId(row.text());
    summary.key.integration = IntegrationId(row.text());
    summary.provider = ProviderId(row.text());
    summary.status = parse_connection_status(row.text()).value_or(ConnectionStatus::invalid);
    summary.generation = row.template number<Generation>();
    summary.scopes = list_from(row.text());
    summary.expires_at = row.optional_seconds();
    summary.grant_type = oauth::parse_grant_type(row.text()).value_or(oauth::GrantType::authorization_code);
    summary.renewable = row.boolean();
    summary.last_error = row.text();
    summary.failures = row.template number<unsigned>();
    summary.next_try_at = row.optional_instant();
    summary.last_refresh = row.optional_instant();
    summary.last_check_at = row.optional_instant();
    summary.next_check_at = row.optional_instant();
    summary.obtained_at = row.instant();
    summary.dies_at = row.optional_seconds();
    summary.renewal_notice = row.template number<unsigned>();
    summary.granted_by = identity_from(row.text());
    summary.created_at = row.instant();
    summary.updated_at = row.instant();
    summary.intent = read_intent(row);
    return summary;
}

/// What is sealed of a token set, as it is read.
struct TokenBoxes {
    std::optional<std::string> access_token;
    std::optional<std::string> refresh_token;
    std::optional<std::string> metadata;
};

/// A whole connection whose token set is still sealed.
struct SealedConnection {
    Connection connection;
    TokenBoxes boxes;
};

/// `row` stands at the first of `connection_columns`.
template <class Row>
[[nodiscard]] SealedConnection read_sealed(Row& row) {
    SealedConnection sealed;
    Connection& connection = sealed.connection;
    connection.summary = read_summary(row);
    row.seek(summary_width);
    connection.params = parameters_from(row.text());
    connection.asked_scopes = list_from(row.text());
    connection.tokens.token_type = row.text();
    connection.tokens.lifetime = std::chrono::seconds(row.integer());
    connection.tokens.expires_at = connection.summary.expires_at;
    connection.tokens.scopes = connection.summary.scopes;
    sealed.boxes.access_token = row.bytes();
    sealed.boxes.refresh_token = row.bytes();
    sealed.boxes.metadata = row.bytes();
    return sealed;
}

/// What is sealed as one field of one generation opens as nothing else.
[[nodiscard]] inline SealedPlace place_of(const ConnectionKey& key, std::string_view field, Generation generation) {
    return {key.tenant.str(), key.integration.str(), field, generation};
}

/// Errors: as the session's.
template <class Session>
[[nodiscard]] Connection opened(Session& session, SealedConnection sealed) {
    const ConnectionKey& key = sealed.connection.summary.key;
    const Generation generation = sealed.connection.summary.generation;
    oauth::TokenSet& tokens = sealed.connection.tokens;
    tokens.access_token = session.open(place_of(key, "access_token", generation), sealed.boxes.access_token);
    read_refresh_token_column(session.open(place_of(key, "refresh_token", generation), sealed.boxes.refresh_token),
                              tokens);
    const SecretString metadata = session.open(place_of(key, "metadata", generation), sealed.boxes.metadata);
    if (!metadata.empty())
        tokens.metadata = object_from(metadata.reveal());
    return std::move(sealed.connection);
}

/// A token set's sealed columns, bound to their place and generation, as the session seals them.
template <class Box>
struct SealedTokens {
    Box access_token;
    Box refresh_token;
    Box metadata;
};

template <class Session>
[[nodiscard]] auto seal_tokens(Session& session, const ConnectionKey& key, Generation generation,
                               const oauth::TokenSet& tokens) {
    const auto seal = [&](std::string_view field, const SecretString& secret) {
        return session.seal(place_of(key, field, generation), secret.reveal());
    };
    // Providers put tokens of their own making into metadata too.
    const SecretString metadata(tokens.metadata.empty() ? std::string() : boost::json::serialize(tokens.metadata));
    SealedTokens<decltype(seal("", metadata))> sealed;
    sealed.access_token = seal("access_token", tokens.access_token);
    sealed.refresh_token = seal("refresh_token", to_refresh_token_column(tokens));
    sealed.metadata = seal("metadata", metadata);
    return sealed;
}

}  // namespace evergrant::storage
