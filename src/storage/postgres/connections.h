#pragma once
//
// Connections: the functions on oauth_tokens. Locks are taken in one order everywhere, so that nobody waits in a
// circle: data_keys, the generation floor, oauth_tokens, refresh_intents, all others.
//
#include "storage/connection_columns.h"
#include "storage/postgres/row_reader.h"
#include "storage/postgres/session.h"
#include "storage/store.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace evergrant::storage::postgres {

[[nodiscard]] Task<Result<std::optional<Connection>>> find_connection(Session* session, ConnectionKey key);
[[nodiscard]] Task<Result<Page<ConnectionSummary>>> list_connections(Session* session, ConnectionFilter filter,
                                                                     std::string cursor, std::size_t limit);
[[nodiscard]] Task<Result<Connection>> save_grant(Session* session, NewGrant grant);
[[nodiscard]] Task<Result<Connection>> begin_grant(Session* session, NewGrant grant);
[[nodiscard]] Task<Result<bool>> abandon_grant(Session* session, ConnectionKey key, Generation generation);
[[nodiscard]] Task<Result<std::optional<Connection>>> remove_connection(Session* session, ConnectionKey key);

/// A connection that was removed. `revocation`: under which id its revocation stands; 0: under none, or none is known.
struct TakenOut {
    Connection connection;
    std::uint64_t revocation{0};
};
/// `claim`: its revocation is set down in the same change, and offered to nobody else for so long.
[[nodiscard]] Task<Result<std::optional<TakenOut>>> take_out(Session* session, ConnectionKey key,
                                                             std::optional<std::chrono::milliseconds> claim);

struct SealedTokens : storage::SealedTokens<Box> {
    std::optional<std::uint64_t> key{};  ///< that all are sealed under
};
/// `tokens` stands until the answer.
[[nodiscard]] Task<Result<SealedTokens>> seal_tokens(Session* session, ConnectionKey key, Generation generation,
                                                     const oauth::TokenSet* tokens);

/// Joins the intent of the generation of t, if there is one, as i.
inline constexpr std::string_view with_intent =
    " LEFT JOIN refresh_intents i ON i.tenant_id = t.tenant_id AND i.integration_id = t.integration_id"
    " AND i.generation = t.generation ";

/// Of an UPDATE of `oauth_tokens o`, what stands behind FROM: the rows that the materialized `chosen` names. An array's
/// length is no guess from how many rows match: whatever the planner thinks of that, each row is looked up by its key.
[[nodiscard]] std::string keys_of(const std::string& chosen);

/// Of the first row. `rows` stand until the answer.
[[nodiscard]] Task<Result<Connection>> read_connection(Session* session, const Rows* rows);

/// Keeps others from changing the connection until the transaction ends; what follows sees how it stands.
[[nodiscard]] Statement lock_connection(const ConnectionKey& key);

}  // namespace evergrant::storage::postgres
