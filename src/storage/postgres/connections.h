#pragma once
//
// Connections: the functions on oauth_tokens. Locks are taken in one order everywhere, so that nobody waits in a
// circle: data_keys, the generation floor, oauth_tokens, refresh_intents, all others.
//
#include "storage/postgres/row_reader.h"
#include "storage/postgres/session.h"
#include "storage/store.h"

#include <cstddef>
#include <optional>
#include <string>

namespace evergrant::storage::postgres {

[[nodiscard]] Task<Result<std::optional<Connection>>> find_connection(Session* session, ConnectionKey key);
[[nodiscard]] Task<Result<Page<ConnectionSummary>>> list_connections(Session* session, ConnectionFilter filter,
                                                                     std::string cursor, std::size_t limit);
[[nodiscard]] Task<Result<Connection>> save_grant(Session* session, NewGrant grant);
[[nodiscard]] Task<Result<std::optional<Connection>>> remove_connection(Session* session, ConnectionKey key);

/// A token set's sealed columns, bound to their place and generation.
struct SealedTokens {
    Box access_token;
    Box refresh_token;
    Box metadata;
    std::optional<std::uint64_t> key;  ///< that all are sealed under
};
/// `tokens` stands until the answer.
[[nodiscard]] Task<Result<SealedTokens>> seal_tokens(Session* session, ConnectionKey key, Generation generation,
                                                     const oauth::TokenSet* tokens);

/// The columns that `read_connection` reads, of oauth_tokens as t and the intent of its generation, if any, as i.
extern const std::string connection_columns;
inline constexpr std::string_view with_intent =
    " LEFT JOIN refresh_intents i ON i.tenant_id = t.tenant_id AND i.integration_id = t.integration_id"
    " AND i.generation = t.generation ";
/// The first of them, and how many columns there are.
inline constexpr int intent_column = 19;
inline constexpr int connection_width = 29;
[[nodiscard]] Task<Result<Connection>> read_connection(Session* session, const Rows* rows);
[[nodiscard]] std::optional<Intent> read_intent(RowReader& row);
/// The same without what is sealed.
extern const std::string summary_columns;
inline constexpr int summary_width = 23;
[[nodiscard]] ConnectionSummary read_summary(const Rows& rows, std::size_t at);

/// Keeps others from changing the connection until the transaction ends; what follows sees how it stands.
[[nodiscard]] Statement lock_connection(const ConnectionKey& key);

}  // namespace evergrant::storage::postgres
