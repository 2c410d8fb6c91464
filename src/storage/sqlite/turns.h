#pragma once
//
// Turns in SQLite: storage/turns.h.
//
#include "storage/sqlite/session.h"
#include "storage/turns.h"

#include <string_view>

namespace evergrant::storage::sqlite {

[[nodiscard]] Turn take_turn(Session& session, const TurnRequest& request);
bool end_turn(Session& session, std::string_view name, std::string_view owner, std::string_view record_id);
/// Those that nobody has and nobody remembers.
void sweep_turns(Session& session);

}  // namespace evergrant::storage::sqlite
