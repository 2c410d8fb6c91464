#pragma once
//
// Turns in PostgreSQL: storage/turns.h. Their time is the server's.
//
#include "storage/postgres/session.h"
#include "storage/turns.h"

#include <string>

namespace evergrant::storage::postgres {

Task<Result<Turn>> take_turn(Session* session, TurnRequest request);
Task<Result<bool>> end_turn(Session* session, std::string name, std::string owner, std::string record_id);

}  // namespace evergrant::storage::postgres
