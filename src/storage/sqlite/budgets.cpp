#include "storage/sqlite/budgets.h"

#include <algorithm>

namespace evergrant::storage::sqlite {

namespace {

Instant end_of_window(Instant now, std::chrono::milliseconds window) {
    return Instant((now.time_since_epoch() / window + 1) * window);
}

std::uint64_t taken_of(Session& session, const std::string& name, Instant ends_at) {
    Statement row =
        session.database().query("SELECT taken FROM budgets WHERE name = ?1 AND window_ends_at = ?2", name, ends_at);
    return row.step() ? row.number<std::uint64_t>() : 0;
}

}  // namespace

BudgetShare reserve_budget(Session& session, const BudgetRequest& request) {
    const Instant now = session.now();
    const Instant ends_at = end_of_window(now, std::max(request.window, std::chrono::seconds(1)));
    const std::uint64_t taken = taken_of(session, request.name, ends_at);
    BudgetShare share;
    share.window_left = ends_at - now;
    share.granted = std::min(request.wanted, request.limit - std::min(request.limit, taken));
    if (share.granted == 0)
        return share;
    session.database().change("DELETE FROM budgets WHERE window_ends_at <= ?1", now);
    session.database().change(
        "INSERT INTO budgets (name, window_ends_at, taken) VALUES (?1, ?2, ?3)"
        " ON CONFLICT (name) DO UPDATE SET window_ends_at = excluded.window_ends_at, taken = excluded.taken",
        request.name, ends_at, taken + share.granted);
    return share;
}

}  // namespace evergrant::storage::sqlite
