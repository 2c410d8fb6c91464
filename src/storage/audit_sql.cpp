#include "storage/audit_sql.h"

#include "storage/columns.h"

#include <charconv>
#include <limits>

namespace evergrant::storage {

Result<std::int64_t> sequence_before(std::string_view cursor) {
    if (cursor.empty())
        return std::numeric_limits<std::int64_t>::max();
    const auto parts = parts_of(cursor, 1);
    if (!parts)
        return std::unexpected(parts.error());
    const std::string& digits = parts->front();
    std::int64_t sequence = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), sequence);
    if (error != std::errc() || end != digits.data() + digits.size())
        return failure(Errc::invalid_request, "The cursor is not one of this list.");
    return sequence;
}

}  // namespace evergrant::storage
