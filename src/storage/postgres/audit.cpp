#include "storage/postgres/audit.h"

#include "crypto/encoding.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "storage/audit_sql.h"
#include "storage/columns.h"
#include "storage/postgres/row_reader.h"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <utility>

namespace evergrant::storage::postgres {

namespace {

/// Each race that is lost was won by somebody else's batch: so many may be appending at once.
constexpr int most_races = 64;

/// The rows as one parameter: hashes in hex, which JSON holds.
std::string json_of(const std::vector<AuditRecord>& records) {
    boost::json::array rows;
    for (const AuditRecord& record : records) {
        const AuditEvent& event = record.event;
        rows.push_back({{"sequence", record.sequence},
                        {"at", event.at.time_since_epoch().count()},
                        {"actor", event.actor},
                        {"role", event.role},
                        {"action", event.action},
                        {"tenant", event.tenant},
                        {"integration", event.integration},
                        {"outcome", event.outcome},
                        {"address", event.address},
                        {"request_id", event.request_id},
                        {"detail", event.detail},
                        {"hash", crypto::to_hex(crypto::bytes_of(record.hash))},
                        {"mac", crypto::to_hex(crypto::bytes_of(record.mac))}});
    }
    return boost::json::serialize(rows);
}

/// What stands after the lock is held is how things stand: nothing is written if another has appended meanwhile.
Batch append_batch(const AuditPosition& head, const std::vector<AuditRecord>& records, const std::string& head_mac) {
    const AuditRecord& last = records.back();
    Batch batch;
    batch.statements.emplace_back("SELECT head_sequence, head_hash FROM audit_chain FOR UPDATE");
    batch.statements.emplace_back(
        "INSERT INTO audit_events (sequence, at, actor, role, action, tenant, integration, outcome, address,"
        " request_id, detail, hash, mac)"
        " SELECT sequence, at, actor, role, action, tenant, integration, outcome, address, request_id, detail,"
        " decode(hash, 'hex'), decode(mac, 'hex') FROM json_to_recordset($1::json) AS r(sequence bigint, at bigint,"
        " actor text, role text, action text, tenant text, integration text, outcome text, address text,"
        " request_id text, detail text, hash text, mac text)"
        " WHERE EXISTS (SELECT 1 FROM audit_chain WHERE head_sequence = $2::bigint AND head_hash = $3::bytea)",
        json_of(records), head.sequence, Bytes{head.hash});
    batch.statements.emplace_back(
        "UPDATE audit_chain SET head_sequence = $3::bigint, head_hash = $4::bytea, head_mac = $5::bytea"
        " WHERE head_sequence = $1::bigint AND head_hash = $2::bytea",
        head.sequence, Bytes{head.hash}, last.sequence, Bytes{last.hash}, Bytes{head_mac});
    return batch;
}

std::unexpected<Error> no_chain() {
    return failure(Errc::internal_error, "The audit log's own row is gone; nothing can be appended to it.");
}

Task<Result<std::optional<SecretString>>> find_key(Session* session) {
    Statement asking("SELECT box FROM store_state WHERE name = 'audit_key'");
    const auto rows = co_await session->read(std::move(asking));
    if (!rows)
        co_return std::unexpected(rows.error());
    if (rows->empty())
        co_return std::optional<SecretString>();
    const auto box = rows->optional_bytes(0, 0);
    std::vector<const std::optional<std::string>*> boxes = {&box};
    const auto learned = co_await session->learn_keys_of(std::move(boxes));
    if (!learned)
        co_return std::unexpected(learned.error());
    co_return std::optional<SecretString>(session->open(audit_key_place(), box));
}

/// Of two who make one at once, the first one's stands.
Task<Result<void>> make_key(Session* session) {
    crypto::SystemRandom random;
    const SecretString key(random.token());
    const std::function<Box()> seal = [session, &key] { return session->seal(audit_key_place(), key.reveal()); };
    std::string deployment;
    const auto box = co_await session->sealed<Box>(std::move(deployment), seal);
    if (!box)
        co_return std::unexpected(box.error());
    Batch batch;
    batch.statements.push_back(lock_key(common_key({&*box})));
    batch.statements.emplace_back(
        "INSERT INTO store_state (name, box) VALUES ('audit_key', $1::bytea) ON CONFLICT (name) DO NOTHING",
        box->column());
    const auto answers = co_await session->run(std::move(batch));
    if (!answers)
        co_return std::unexpected(answers.error());
    co_return Result<void>();
}

/// Into the session's memory.
Task<Result<void>> know_key(Session* session) {
    for (int tries = 0; tries < Session::most_tries && session->audit().key.empty(); ++tries) {
        auto found = co_await find_key(session);
        if (!found)
            co_return std::unexpected(std::move(found).error());
        if (*found) {
            session->audit().key = std::move(**found);
            break;
        }
        const auto made = co_await make_key(session);
        if (!made)
            co_return made;
    }
    co_return Result<void>();
}

/// One text for each set of conditions: statements are prepared by their text.
std::string_view list_sql_for(const AuditFilter& filter) {
    static const std::vector<std::string> all = [] {
        std::vector<std::string> made;
        for (unsigned which = 0; which < 256; ++which) {
            const auto wanted = [which](unsigned bit) { return (which >> bit & 1U) != 0; };
            const auto text = [&](unsigned bit) {
                return wanted(bit) ? std::optional<std::string>("ok") : std::nullopt;
            };
            const auto time = [&](unsigned bit) {
                return wanted(bit) ? std::optional<Instant>(Instant()) : std::nullopt;
            };
            AuditFilter one{text(0), text(1), text(2), text(3), time(4), time(5), text(7)};
            if (wanted(6) && one.outcome)
                one.outcome = "forbidden";
            const auto parameter = [&one](std::size_t at) {
                const std::size_t texts = std::size_t{one.tenant.has_value()} + std::size_t{one.action.has_value()} +
                                          std::size_t{one.actor.has_value()} + std::size_t{one.outcome.has_value()} +
                                          std::size_t{one.integration.has_value()};
                return "$" + std::to_string(at + 3) + (at < texts ? "" : "::bigint");
            };
            made.push_back("SELECT " + std::string(audit_columns) + " FROM audit_events WHERE sequence < $1::bigint" +
                           conditions_of(one, parameter).sql + " ORDER BY sequence DESC LIMIT $2::bigint");
        }
        return made;
    }();
    const bool not_ok = filter.outcome && *filter.outcome != "ok";
    return all[(filter.tenant ? 1U : 0U) + (filter.action ? 2U : 0U) + (filter.actor ? 4U : 0U) +
               (filter.outcome ? 8U : 0U) + (filter.from ? 16U : 0U) + (filter.to ? 32U : 0U) + (not_ok ? 64U : 0U) +
               (filter.integration ? 128U : 0U)];
}

}  // namespace

Task<Result<AuditPosition>> append_audit(Session* session, std::vector<AuditEvent> events) {
    const auto known = co_await know_key(session);
    if (!known)
        co_return std::unexpected(known.error());
    AuditMemory& memory = session->audit();
    if (events.empty())
        co_return memory.head;
    for (int tries = 0; tries < most_races; ++tries) {
        const std::vector<AuditRecord> records = chained(memory.head, events, memory.key);
        const AuditPosition last{records.back().sequence, records.back().hash};
        const AuditPosition before = memory.head;
        Batch batch = append_batch(before, records, mac_of_head(memory.key, last));
        const auto answers = co_await session->run(std::move(batch));
        if (!answers)
            co_return std::unexpected(answers.error());
        if (answers->front().empty())
            co_return no_chain();
        RowReader row(answers->front());
        memory.head.sequence = row.number<std::uint64_t>();
        memory.head.hash = row.bytes().value_or("");
        if (memory.head != before)
            continue;
        memory.head = last;
        co_return last;
    }
    co_return Session::out_of_tries();
}

Task<Result<Page<AuditRecord>>> list_audit(Session* session, AuditFilter filter, std::string cursor,
                                           std::size_t limit) {
    const auto before = sequence_before(cursor);
    if (!before)
        co_return std::unexpected(before.error());
    const std::size_t size = std::max<std::size_t>(limit, 1);
    Statement listing(list_sql_for(filter), *before, std::uint64_t{size + 1});
    const AuditConditions conditions = conditions_of(filter, [](std::size_t) { return std::string(); });
    for (const std::string& text : conditions.texts)
        listing.add(text);
    for (const Instant time : conditions.times)
        listing.add(time);
    const auto rows = co_await session->read(std::move(listing));
    if (!rows)
        co_return std::unexpected(rows.error());
    Page<AuditRecord> page;
    for (std::size_t at = 0; at < std::min(rows->size(), size); ++at) {
        RowReader row(*rows, at);
        page.items.push_back(read_audit_record(row));
    }
    if (rows->size() > size)
        page.next_cursor = cursor_after({std::to_string(page.items.back().sequence)});
    co_return page;
}

Task<Result<AuditCheck>> check_audit(Session* session, std::uint64_t after, std::size_t limit) {
    const auto key = co_await find_key(session);
    if (!key)
        co_return std::unexpected(key.error());
    static const std::string sql =
        "SELECT " + std::string(audit_ends_columns) +
        ", (SELECT hash FROM audit_events WHERE sequence = $1::bigint), e.* FROM audit_chain LEFT JOIN LATERAL"
        " (SELECT " +
        std::string(audit_columns) +
        " FROM audit_events WHERE sequence > $1::bigint ORDER BY sequence LIMIT $2::bigint) e ON true"
        " ORDER BY e.sequence";
    const std::size_t size = std::max<std::size_t>(limit, 1);
    Statement asking(sql, after, std::uint64_t{size + 1});
    const auto rows = co_await session->read(std::move(asking));
    if (!rows)
        co_return std::unexpected(rows.error());
    if (rows->empty())
        co_return no_chain();
    const SecretString known = *key ? SecretString((*key)->reveal()) : SecretString();
    std::optional<AuditChecker> checker;
    for (std::size_t at = 0; at < std::min(rows->size(), size); ++at) {
        RowReader row(*rows, at);
        AuditEnds ends = read_audit_ends(row);
        const auto hash = row.bytes();
        if (!checker)
            checker.emplace(std::move(ends), known, hash ? std::optional(AuditPosition{after, *hash}) : std::nullopt);
        if (!row.next_is_null())
            checker->row(read_audit_record(row));
    }
    co_return std::move(*checker).result(rows->size() > size);
}

Task<Result<AuditCheckpoint>> audit_checkpoint(Session* session) {
    const auto known = co_await know_key(session);
    if (!known)
        co_return std::unexpected(known.error());
    Statement asking("SELECT head_sequence, head_hash, evergrant_now() FROM audit_chain");
    const auto rows = co_await session->read(std::move(asking));
    if (!rows)
        co_return std::unexpected(rows.error());
    if (rows->empty())
        co_return no_chain();
    RowReader row(*rows);
    AuditCheckpoint checkpoint;
    checkpoint.position.sequence = row.number<std::uint64_t>();
    checkpoint.position.hash = row.bytes().value_or("");
    checkpoint.at = row.instant();
    checkpoint.signature = signature_of(session->audit().key, checkpoint.position, checkpoint.at);
    co_return checkpoint;
}

Task<Result<AuditVerdict>> judge_checkpoint(Session* session, AuditCheckpoint checkpoint) {
    const auto key = co_await find_key(session);
    if (!key)
        co_return std::unexpected(key.error());
    Statement asking(
        "SELECT base_sequence, base_hash, (SELECT hash FROM audit_events WHERE sequence = $1::bigint) FROM audit_chain",
        checkpoint.position.sequence);
    const auto rows = co_await session->read(std::move(asking));
    if (!rows)
        co_return std::unexpected(rows.error());
    if (rows->empty())
        co_return no_chain();
    RowReader row(*rows);
    AuditPosition base;
    base.sequence = row.number<std::uint64_t>();
    base.hash = row.bytes().value_or("");
    co_return verdict_on(checkpoint, *key, base, row.bytes());
}

Task<Result<std::size_t>> remove_audit_older_than(Session* session, std::chrono::milliseconds age, std::size_t limit) {
    const auto known = co_await know_key(session);
    if (!known)
        co_return std::unexpected(known.error());
    Statement asking(
        "WITH first AS (SELECT sequence, at, hash FROM audit_events ORDER BY sequence LIMIT $2::bigint)"
        " SELECT sequence, hash FROM first WHERE sequence < coalesce((SELECT min(sequence) FROM first"
        " WHERE at >= evergrant_now() - $1::bigint), 9223372036854775807) ORDER BY sequence DESC LIMIT 1",
        std::int64_t{age.count()}, std::uint64_t{limit});
    const auto rows = co_await session->read(std::move(asking));
    if (!rows)
        co_return std::unexpected(rows.error());
    if (rows->empty())
        co_return std::size_t{0};
    const AuditPosition last{static_cast<std::uint64_t>(rows->integer(0, 0)), rows->optional_bytes(0, 1).value_or("")};
    Batch batch;
    // Another replica may remove at the same moment: who finds the note further on removes nothing.
    batch.statements.emplace_back("SELECT 1 FROM audit_chain FOR UPDATE");
    batch.statements.emplace_back(
        "DELETE FROM audit_events WHERE sequence <= $1::bigint"
        " AND (SELECT base_sequence FROM audit_chain) < $1::bigint",
        last.sequence);
    batch.statements.emplace_back(
        "UPDATE audit_chain SET base_sequence = $1::bigint, base_hash = $2::bytea, base_mac = $3::bytea"
        " WHERE base_sequence < $1::bigint",
        last.sequence, Bytes{last.hash}, Bytes{mac_of_base(session->audit().key, last)});
    const auto answers = co_await session->run(std::move(batch));
    if (!answers)
        co_return std::unexpected(answers.error());
    co_return static_cast<std::size_t>((*answers)[1].affected());
}

}  // namespace evergrant::storage::postgres
