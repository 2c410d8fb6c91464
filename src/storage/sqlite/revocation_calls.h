#pragma once
//
// RevocationCalls: the part of the store that keeps pending revocations, as calls of its engine.
//
#include "storage/revocations.h"
#include "storage/sqlite/alert_calls.h"
#include "storage/sqlite/revocations.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace evergrant::storage::sqlite {

/// Thread: any.
class RevocationCalls : public RevocationStore, public AlertCalls {
public:
    using AlertCalls::AlertCalls;

    Task<Result<std::optional<PendingRevocation>>> begin_revocation(ConnectionKey key,
                                                                    std::chrono::milliseconds claim) override {
        return change<std::optional<PendingRevocation>>(
            [key = std::move(key), claim](Session& session) { return sqlite::begin_revocation(session, key, claim); });
    }
    Task<Result<PendingRevocation>> add_revocation(Connection gone, std::chrono::milliseconds claim) override {
        return change<PendingRevocation>(
            [gone = std::move(gone), claim](Session& session) { return sqlite::add_revocation(session, gone, claim); });
    }
    Task<Result<std::vector<PendingRevocation>>> claim_revocations(std::chrono::milliseconds claim,
                                                                   std::size_t limit) override {
        return change<std::vector<PendingRevocation>>(
            [claim, limit](Session& session) { return sqlite::claim_revocations(session, claim, limit); });
    }
    Task<Result<bool>> postpone_revocation(std::uint64_t id, unsigned tries, std::chrono::milliseconds pause) override {
        return change<bool>(
            [id, tries, pause](Session& session) { return sqlite::postpone_revocation(session, id, tries, pause); });
    }
    Task<Result<bool>> end_revocation(std::uint64_t id) override {
        return change<bool>([id](Session& session) { return sqlite::end_revocation(session, id); });
    }
    Task<Result<RevocationsWaiting>> revocations_waiting(ConnectionFilter filter) override {
        return read<RevocationsWaiting>(
            [filter = std::move(filter)](Session& session) { return sqlite::revocations_waiting(session, filter); });
    }
};

}  // namespace evergrant::storage::sqlite
