#include "storage/connect_sessions.h"

#include "storage/connect_session_columns.h"
#include "storage/store_exception.h"

#include <stdexcept>
#include <utility>

namespace evergrant::storage {

std::string_view name_of(ConnectOutcome outcome) noexcept {
    switch (outcome) {
        case ConnectOutcome::pending: return "pending";
        case ConnectOutcome::connected: return "connected";
        case ConnectOutcome::failed: return "failed";
    }
    std::unreachable();
}

ConnectOutcome connect_outcome_from(std::string_view column) {
    for (const ConnectOutcome outcome : {ConnectOutcome::pending, ConnectOutcome::connected, ConnectOutcome::failed})
        if (name_of(outcome) == column)
            return outcome;
    throw StoreException(
        Error{.code = Errc::internal_error, .message = "A row of the store is not as it was written."});
}

ConnectSessionStore& connect_sessions_of(Store& store) {
    auto* sessions = dynamic_cast<ConnectSessionStore*>(&store);
    if (sessions == nullptr)
        throw std::logic_error("this store keeps no connect sessions");
    return *sessions;
}

}  // namespace evergrant::storage
