#pragma once
//
// TurnCalls: the part of the store that keeps turns, as calls of its engine.
//
#include "storage/sqlite/launch_issuer_calls.h"
#include "storage/sqlite/turns.h"
#include "storage/turns.h"

#include <string>
#include <utility>

namespace evergrant::storage::sqlite {

/// Thread: any.
class TurnCalls : public TurnStore, public LaunchIssuerCalls {
public:
    using LaunchIssuerCalls::LaunchIssuerCalls;

    Task<Result<Turn>> take_turn(TurnRequest request) override {
        return change<Turn>(
            [request = std::move(request)](Session& session) { return sqlite::take_turn(session, request); });
    }
    Task<Result<bool>> end_turn(std::string name, std::string owner, std::string record_id) override {
        return change<bool>([name = std::move(name), owner = std::move(owner), record_id = std::move(record_id)](
                                Session& session) { return sqlite::end_turn(session, name, owner, record_id); });
    }
};

}  // namespace evergrant::storage::sqlite
