#pragma once
//
// Connections: the functions on oauth_tokens. Those that change run in the writer's transaction.
//
#include "storage/sqlite/session.h"
#include "storage/store.h"

#include <cstddef>
#include <optional>
#include <string>

namespace evergrant::storage::sqlite {

[[nodiscard]] std::optional<Connection> find_connection(Session& session, const ConnectionKey& key);
[[nodiscard]] Result<Page<ConnectionSummary>> list_connections(Session& session, const ConnectionFilter& filter,
                                                               std::string_view cursor, std::size_t limit);
[[nodiscard]] Connection save_grant(Session& session, const NewGrant& grant);
[[nodiscard]] Connection begin_grant(Session& session, const NewGrant& grant);
[[nodiscard]] bool abandon_grant(Session& session, const ConnectionKey& key, Generation generation);
[[nodiscard]] std::optional<Connection> remove_connection(Session& session, const ConnectionKey& key);
/// Every connection of the tenant; how many.
std::size_t remove_connections_of(Session& session, const TenantId& tenant);

/// As it is, generation and dates included, in place of what stood under the key. `abandoned`: its lease has run out.
void put_connection(Session& session, const Connection& connection, bool abandoned);
/// No new connection is given a generation up to `removed`.
void raise_generation_floor(Session& session, Generation removed);

/// Where the columns of connection_columns.h are read from.
extern const std::string summary_tables;

}  // namespace evergrant::storage::sqlite
