#include "storage/sqlite/turns.h"

#include <string>

namespace evergrant::storage::sqlite {

Turn take_turn(Session& session, const TurnRequest& request) {
    const Instant now = session.now();
    const bool taken = session.database().change(
                           "INSERT INTO turns (name, owner, until, record_id, written_at)"
                           " VALUES (?1, ?2, ?3, '', 0) ON CONFLICT (name) DO UPDATE"
                           " SET owner = excluded.owner, until = excluded.until"
                           " WHERE until <= ?4 OR owner = excluded.owner",
                           request.name, request.owner, now + request.duration, now) == 1;
    if (!taken)
        return {};
    Statement row = session.database().query("SELECT record_id FROM turns WHERE name = ?1 AND written_at > ?2",
                                             request.name, now - turn_memory);
    return {.taken = true, .record_id = row.step() ? row.text() : std::string()};
}

bool end_turn(Session& session, std::string_view name, std::string_view owner, std::string_view record_id) {
    const Instant now = session.now();
    return session.database().change(
               "UPDATE turns SET owner = '', until = ?3, record_id = CASE ?4 WHEN '' THEN record_id ELSE ?4 END,"
               " written_at = CASE ?4 WHEN '' THEN written_at ELSE ?3 END WHERE name = ?1 AND owner = ?2",
               name, owner, now, record_id) == 1;
}

void sweep_turns(Session& session) {
    session.database().change("DELETE FROM turns WHERE until <= ?1", session.now() - turn_memory);
}

}  // namespace evergrant::storage::sqlite
