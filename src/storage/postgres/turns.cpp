#include "storage/postgres/turns.h"

#include "storage/postgres/row_reader.h"

namespace evergrant::storage::postgres {

Task<Result<Turn>> take_turn(Session* session, TurnRequest request) {
    Statement taking(
        "INSERT INTO turns AS t (name, owner, until, record_id, written_at)"
        " SELECT $1, $2, evergrant_now() + $3::bigint, '', 0 ON CONFLICT (name) DO UPDATE"
        " SET owner = excluded.owner, until = excluded.until"
        " WHERE t.until <= evergrant_now() OR t.owner = excluded.owner"
        " RETURNING CASE WHEN written_at > evergrant_now() - $4::bigint THEN record_id ELSE '' END",
        request.name, request.owner, std::int64_t{request.duration.count()},
        std::int64_t{std::chrono::milliseconds(turn_memory).count()});
    const auto rows = co_await session->write(std::move(taking));
    if (!rows)
        co_return std::unexpected(rows.error());
    Turn turn;
    if (rows->empty())
        co_return turn;
    turn.taken = true;
    turn.record_id = RowReader(*rows).text();
    co_return turn;
}

Task<Result<bool>> end_turn(Session* session, std::string name, std::string owner, std::string record_id) {
    Statement ending(
        "UPDATE turns SET owner = '', until = evergrant_now(),"
        " record_id = CASE $3 WHEN '' THEN record_id ELSE $3 END,"
        " written_at = CASE $3 WHEN '' THEN written_at ELSE evergrant_now() END WHERE name = $1 AND owner = $2",
        name, owner, record_id);
    const auto rows = co_await session->write(std::move(ending));
    if (!rows)
        co_return std::unexpected(rows.error());
    co_return rows->affected() == 1;
}

}  // namespace evergrant::storage::postgres
