#include "storage/postgres/budgets.h"

#include "storage/postgres/row_reader.h"

#include <algorithm>
#include <limits>

namespace evergrant::storage::postgres {

namespace {

std::uint64_t fitting(std::uint64_t number) {
    return std::min<std::uint64_t>(number, std::numeric_limits<std::int64_t>::max());
}

// Who waited for the row read the clock before that: its window may be the one before, and is then taken for this one.
constexpr std::string_view same_window =
    "b.window_ends_at BETWEEN excluded.window_ends_at AND excluded.window_ends_at + $2::bigint";

std::string reserve_sql() {
    const std::string left = "least($4::bigint, greatest($3::bigint - b.taken, 0))";
    const auto in_this_window = [&](const std::string& value, const std::string& otherwise) {
        return "CASE WHEN " + std::string(same_window) + " THEN " + value + " ELSE " + otherwise + " END";
    };
    return "WITH moment AS MATERIALIZED (SELECT evergrant_now() AS at)"
           " INSERT INTO budgets AS b (name, window_ends_at, taken, granted)"
           " SELECT $1, (moment.at / $2::bigint + 1) * $2::bigint, least($4::bigint, $3::bigint),"
           " least($4::bigint, $3::bigint) FROM moment"
           " ON CONFLICT (name) DO UPDATE SET window_ends_at = " +
           in_this_window("b.window_ends_at", "excluded.window_ends_at") +
           ", taken = " + in_this_window("b.taken + " + left, "excluded.taken") +
           ", granted = " + in_this_window(left, "excluded.granted") +
           " RETURNING granted, window_ends_at - (SELECT at FROM moment)";
}

}  // namespace

Task<Result<BudgetShare>> reserve_budget(Session* session, BudgetRequest request) {
    static const std::string sql = reserve_sql();
    const std::chrono::milliseconds window = std::max(request.window, std::chrono::seconds(1));
    Statement reserving(sql, request.name, std::int64_t{window.count()}, fitting(request.limit),
                        fitting(request.wanted));
    const auto rows = co_await session->write(std::move(reserving));
    if (!rows)
        co_return std::unexpected(rows.error());
    RowReader row(*rows);
    BudgetShare share;
    share.granted = row.number<std::uint64_t>();
    share.window_left = std::chrono::milliseconds(row.number<std::int64_t>());
    co_return share;
}

}  // namespace evergrant::storage::postgres
