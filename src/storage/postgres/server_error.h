#pragma once
//
// ServerError: what PostgreSQL, or a pooler before it, said no with, and what follows from it. Pure.
//
#include "base/error.h"

#include <cstdint>
#include <string>

namespace evergrant::storage::postgres {

struct ServerError {
    std::string state;    ///< the SQLSTATE, five characters
    std::string message;  ///< the primary one; may quote values
    bool fatal{false};    ///< the session ended with it
};

/// What to do about it. All but `bug` and `conflict` are about the moment or the session, not about the SQL.
enum class Remedy : std::uint8_t {
    tell_conflict,      ///< a unique or exclusion constraint: the caller decides
    repeat,             ///< the transaction was the victim of another: once more, as it is
    leave_server,       ///< the server stops, starts, or only reads: the session is of no use
    wait,               ///< the server is short of something; the session is sound
    send_unnamed,       ///< a pooler mixed up the prepared statements: never name one again
    prepare_elsewhere,  ///< a prepared statement no longer fits its table: this session's are stale
    report_bug,         ///< the server refuses the SQL
};

[[nodiscard]] Remedy remedy_for(const ServerError& error) noexcept;

/// What the caller gets when the remedy did not help.
[[nodiscard]] Error to_error(const ServerError& error);

/// store_unavailable with retry_after. `detail` says why, for the log.
[[nodiscard]] Error unavailable(std::string detail);

}  // namespace evergrant::storage::postgres
