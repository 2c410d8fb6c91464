#include "storage/sqlite/audit.h"

#include "crypto/hash.h"
#include "crypto/random.h"
#include "storage/audit_sql.h"
#include "storage/columns.h"

#include <algorithm>
#include <utility>

namespace evergrant::storage::sqlite {

namespace {

AuditEnds read_ends(Session& session) {
    static const std::string sql = "SELECT " + std::string(audit_ends_columns) + " FROM audit_chain";
    Statement row = session.database().query(sql);
    // Somebody removed the row: the rows that follow no chain tell of it.
    return row.step() ? read_audit_ends(row) : AuditEnds();
}

std::optional<SecretString> find_key(Session& session) {
    Statement row = session.database().query("SELECT value FROM store_state WHERE name = 'audit_key'");
    if (!row.step())
        return std::nullopt;
    return session.open(audit_key_place(), row.text());
}

SecretString key_of(Session& session) {
    if (auto known = find_key(session))
        return std::move(*known);
    crypto::SystemRandom random;
    SecretString key(random.token());
    session.database().change("INSERT INTO store_state (name, value) VALUES ('audit_key', ?1)",
                              session.seal(audit_key_place(), key.reveal()).column());
    return key;
}

void insert(Database& database, const AuditRecord& record) {
    const AuditEvent& event = record.event;
    database.change(
        "INSERT INTO audit_events (sequence, at, actor, role, action, tenant, integration, outcome, address,"
        " request_id, detail, hash, mac) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        record.sequence, event.at, event.actor, event.role, event.action, event.tenant, event.integration,
        event.outcome, event.address, event.request_id, event.detail, Blob{record.hash}, Blob{record.mac});
}

std::optional<AuditPosition> position_at(Session& session, std::uint64_t sequence) {
    Statement row = session.database().query("SELECT hash FROM audit_events WHERE sequence = ?1", sequence);
    if (!row.step())
        return std::nullopt;
    return AuditPosition{sequence, row.text()};
}

/// The last of the first `limit` rows that, like all before it, happened before `bound`.
std::optional<AuditPosition> last_older_than(Session& session, Instant bound, std::size_t limit) {
    std::optional<AuditPosition> last;
    Statement row =
        session.database().query("SELECT sequence, at, hash FROM audit_events ORDER BY sequence LIMIT ?1", limit);
    while (row.step()) {
        AuditPosition position;
        position.sequence = row.number<std::uint64_t>();
        const Instant at = row.instant();
        position.hash = row.text();
        if (at >= bound)
            break;
        last = std::move(position);
    }
    return last;
}

}  // namespace

AuditPosition append_audit(Session& session, std::vector<AuditEvent> events) {
    const SecretString key = key_of(session);
    AuditPosition head = read_ends(session).head;
    for (const AuditRecord& record : chained(head, std::move(events), key)) {
        insert(session.database(), record);
        head = {record.sequence, record.hash};
    }
    const std::string mac = mac_of_head(key, head);
    session.database().change("UPDATE audit_chain SET head_sequence = ?1, head_hash = ?2, head_mac = ?3", head.sequence,
                              Blob{head.hash}, Blob{mac});
    return head;
}

Result<Page<AuditRecord>> list_audit(Session& session, const AuditFilter& filter, std::string_view cursor,
                                     std::size_t limit) {
    const auto before = sequence_before(cursor);
    if (!before)
        return std::unexpected(before.error());
    const AuditConditions conditions =
        conditions_of(filter, [](std::size_t at) { return "?" + std::to_string(at + 3); });
    const std::size_t size = std::max<std::size_t>(limit, 1);
    Statement row =
        session.database().query("SELECT " + std::string(audit_columns) + " FROM audit_events WHERE sequence < ?1" +
                                     conditions.sql + " ORDER BY sequence DESC LIMIT ?2",
                                 *before, size + 1);
    for (const std::string& text : conditions.texts)
        row.bind(text);
    for (const Instant time : conditions.times)
        row.bind(time);
    Page<AuditRecord> page;
    while (row.step()) {
        if (page.items.size() == size) {
            page.next_cursor = cursor_after({std::to_string(page.items.back().sequence)});
            break;
        }
        page.items.push_back(read_audit_record(row));
    }
    return page;
}

AuditCheck check_audit(Session& session, std::uint64_t after, std::size_t limit) {
    const auto known = find_key(session);
    const SecretString key = known ? SecretString(known->reveal()) : SecretString();
    AuditChecker checker(read_ends(session), key, position_at(session, after));
    const std::size_t size = std::max<std::size_t>(limit, 1);
    Statement row = session.database().query(
        "SELECT " + std::string(audit_columns) + " FROM audit_events WHERE sequence > ?1 ORDER BY sequence LIMIT ?2",
        after, size + 1);
    std::size_t rows = 0;
    while (rows < size && row.step()) {
        checker.row(read_audit_record(row));
        ++rows;
    }
    const bool more = rows == size && row.step();
    return std::move(checker).result(more);
}

AuditCheckpoint audit_checkpoint(Session& session) {
    const SecretString key = key_of(session);
    AuditCheckpoint checkpoint{read_ends(session).head, session.now(), {}};
    checkpoint.signature = signature_of(key, checkpoint.position, checkpoint.at);
    return checkpoint;
}

AuditVerdict judge_checkpoint(Session& session, const AuditCheckpoint& checkpoint) {
    const auto row = position_at(session, checkpoint.position.sequence);
    return verdict_on(checkpoint, find_key(session), read_ends(session).base,
                      row ? std::optional(row->hash) : std::nullopt);
}

std::size_t remove_audit_older_than(Session& session, std::chrono::milliseconds age, std::size_t limit) {
    const auto last = last_older_than(session, session.now() - age, limit);
    if (!last)
        return 0;
    const std::size_t removed =
        session.database().change("DELETE FROM audit_events WHERE sequence <= ?1", last->sequence);
    const std::string mac = mac_of_base(key_of(session), *last);
    session.database().change("UPDATE audit_chain SET base_sequence = ?1, base_hash = ?2, base_mac = ?3",
                              last->sequence, Blob{last->hash}, Blob{mac});
    return removed;
}

}  // namespace evergrant::storage::sqlite
