#pragma once
//
// ConnectSessionCalls: the part of the store that keeps connect sessions, as calls of its engine.
//
#include "storage/connect_sessions.h"
#include "storage/sqlite/connect_sessions.h"
#include "storage/sqlite/signing_key_calls.h"

#include <optional>
#include <string>
#include <utility>

namespace evergrant::storage::sqlite {

/// Thread: any.
class ConnectSessionCalls : public ConnectSessionStore, public SigningKeyCalls {
public:
    using SigningKeyCalls::SigningKeyCalls;

    Task<Result<void>> save_connect_session(ConnectSession saved) override {
        return change<void>(
            [saved = std::move(saved)](Session& session) { return sqlite::save_connect_session(session, saved); });
    }
    Task<Result<std::optional<ConnectSession>>> find_connect_session(std::string id) override {
        return read<std::optional<ConnectSession>>(
            [id = std::move(id)](Session& session) { return sqlite::find_connect_session(session, id); });
    }
    Task<Result<std::optional<ConnectSession>>> find_connect_session_of(std::string state_hash) override {
        return read<std::optional<ConnectSession>>([state_hash = std::move(state_hash)](Session& session) {
            return sqlite::find_connect_session_of(session, state_hash);
        });
    }
    Task<Result<bool>> bind_connect_session(std::string id, std::string browser_hash, Instant now) override {
        return change<bool>([id = std::move(id), browser_hash = std::move(browser_hash), now](Session& session) {
            return sqlite::bind_connect_session(session, id, browser_hash, now);
        });
    }
    Task<Result<bool>> begin_connect_session(std::string id, std::string state_hash, ProviderId provider,
                                             Instant now) override {
        return change<bool>(
            [id = std::move(id), state_hash = std::move(state_hash), provider = std::move(provider),
             now](Session& session) { return sqlite::begin_connect_session(session, id, state_hash, provider, now); });
    }
    Task<Result<bool>> end_connect_session(std::string state_hash, ConnectOutcome outcome, std::string error) override {
        return change<bool>([state_hash = std::move(state_hash), outcome, error = std::move(error)](Session& session) {
            return sqlite::end_connect_session(session, state_hash, outcome, error);
        });
    }
};

}  // namespace evergrant::storage::sqlite
