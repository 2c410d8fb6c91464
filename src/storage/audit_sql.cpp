#include "storage/audit_sql.h"

#include "crypto/encoding.h"
#include "crypto/hash.h"
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

AuditVerdict verdict_on(const AuditCheckpoint& checkpoint, const std::optional<SecretString>& key,
                        const AuditPosition& base, const std::optional<std::string>& hash) {
    const AuditPosition& position = checkpoint.position;
    const std::string expected = key ? signature_of(*key, position, checkpoint.at) : std::string();
    if (!key || !crypto::equal_in_constant_time(crypto::bytes_of(expected), crypto::bytes_of(checkpoint.signature)))
        return AuditVerdict::forged;
    if (position == base || position == AuditPosition())
        return AuditVerdict::stands;
    if (position.sequence <= base.sequence)
        return AuditVerdict::removed;
    if (!hash)
        return AuditVerdict::missing;
    return *hash == position.hash ? AuditVerdict::stands : AuditVerdict::differs;
}

}  // namespace evergrant::storage
