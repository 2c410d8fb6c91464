#include "api/handlers.h"
#include "crypto/encoding.h"

#include <boost/json/serialize.hpp>

#include <charconv>
#include <limits>
#include <utility>

namespace evergrant::api {

namespace {

constexpr std::size_t most_listed = 1000;
constexpr std::size_t rows_of_a_check = 50'000;
constexpr std::size_t rows_at_once = 2'000;
constexpr std::chrono::seconds time_of_a_check{5};

std::string hex_of(std::string_view bytes) {
    return crypto::to_hex(crypto::bytes_of(bytes));
}

/// To the millisecond: what is hashed has it too.
std::string time_of(Instant at) {
    std::string text = to_iso8601(std::chrono::floor<std::chrono::seconds>(at));
    const auto rest = (at - std::chrono::floor<std::chrono::seconds>(at)).count();
    std::string digits = std::to_string(1000 + rest);
    digits.front() = '.';
    return text.insert(text.size() - 1, digits);
}

boost::json::object describe(const storage::AuditRecord& record) {
    const storage::AuditEvent& event = record.event;
    boost::json::object row;
    row["sequence"] = record.sequence;
    row["at"] = time_of(event.at);
    row["actor"] = event.actor;
    row["role"] = event.role;
    row["action"] = event.action;
    row["tenant"] = event.tenant;
    row["integration"] = event.integration;
    row["outcome"] = event.outcome;
    row["address"] = event.address;
    row["requestId"] = event.request_id;
    row["detail"] = event.detail;
    row["hash"] = hex_of(record.hash);
    row["mac"] = hex_of(record.mac);
    return row;
}

/// A whole number in the query; `otherwise` if it is not there.
Result<std::uint64_t> number_in(const Query& query, const std::string& name, std::uint64_t least, std::uint64_t most,
                                std::uint64_t otherwise) {
    const std::string written = query.get(name);
    std::uint64_t number = otherwise;
    if (written.empty())
        return number;
    const auto [end, error] = std::from_chars(written.data(), written.data() + written.size(), number);
    if (error != std::errc() || *end != '\0' || number < least || number > most)
        return invalid_field(
            name, name + " must be a whole number from " + std::to_string(least) + " to " + std::to_string(most) + ".");
    return number;
}

Result<std::optional<Instant>> time_in(const Query& query, const std::string& name) {
    if (!query.has(name))
        return std::nullopt;
    const auto time = parse_iso8601(query.get(name));
    if (!time)
        return invalid_field(name, name + " must be a time such as 2026-01-31T12:00:00Z.");
    return Instant(*time);
}

Result<storage::AuditFilter> filter_of(const Query& query) {
    storage::AuditFilter filter;
    const auto text = [&query](std::string_view name) {
        return query.has(name) ? std::optional(query.get(name)) : std::nullopt;
    };
    filter.tenant = text("tenant");
    filter.action = text("action");
    filter.actor = text("actor");
    filter.outcome = text("outcome");
    filter.integration = text("integration");
    for (auto& [name, target] : {std::pair("from", &filter.from), std::pair("to", &filter.to)}) {
        auto time = time_in(query, name);
        if (!time)
            return std::unexpected(std::move(time).error());
        *target = *time;
    }
    return filter;
}

boost::json::object describe(const storage::AuditPosition& position) {
    boost::json::object body;
    body["sequence"] = position.sequence;
    body["hash"] = hex_of(position.hash);
    return body;
}

boost::json::object describe(const storage::AuditCheck& check, std::size_t rows) {
    boost::json::object body;
    body["ok"] = !check.broken;
    body["done"] = check.done;
    body["checkedTo"] = check.checked_to;
    body["rows"] = rows;
    body["first"] = check.base.sequence + 1;
    body["last"] = describe(check.head);
    body["nextCursor"] = nullptr;
    if (!check.done)
        body["nextCursor"] = std::to_string(check.checked_to);
    body["brokenAt"] = nullptr;
    if (check.broken) {
        body["brokenAt"] = *check.broken;
        body["reason"] = check.reason;
    }
    return body;
}

std::string_view name_of(storage::AuditVerdict verdict) {
    switch (verdict) {
        case storage::AuditVerdict::stands: return "stands";
        case storage::AuditVerdict::differs: return "differs";
        case storage::AuditVerdict::missing: return "missing";
        case storage::AuditVerdict::removed: return "removed";
        case storage::AuditVerdict::forged: return "forged";
    }
    return "forged";
}

}  // namespace

Answer list_audit(Call call) {
    const auto known =
        call.query.only({"tenant", "integration", "action", "actor", "outcome", "from", "to", "limit", "cursor"});
    if (!known)
        co_return std::unexpected(known.error());
    auto filter = filter_of(call.query);
    if (!filter)
        co_return std::unexpected(std::move(filter).error());
    if (!filter->tenant && call.principal.tenants && call.principal.tenants->size() == 1)
        filter->tenant = call.principal.tenants->front().str();
    if (call.principal.tenants && (!filter->tenant || !call.principal.may_see(*filter->tenant)))
        co_return failure(Errc::forbidden, "This key sees the events of its own tenants alone; name one in `tenant`.");
    const auto limit = number_in(call.query, "limit", 1, most_listed, 100);
    if (!limit)
        co_return std::unexpected(limit.error());
    const auto page = co_await call.context.store.list_audit(std::move(*filter), call.query.get("cursor"), *limit);
    if (!page)
        co_return std::unexpected(page.error());
    boost::json::array rows;
    for (const auto& record : page->items)
        rows.push_back(describe(record));
    boost::json::object body;
    body["events"] = std::move(rows);
    body["nextCursor"] = nullptr;
    if (!page->next_cursor.empty())
        body["nextCursor"] = page->next_cursor;
    co_return net::json_response(200, boost::json::serialize(body));
}

Answer verify_audit(Call call) {
    const auto known = call.query.only({"cursor"});
    if (!known)
        co_return std::unexpected(known.error());
    constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max();
    const auto after = number_in(call.query, "cursor", 0, largest, 0);
    if (!after)
        co_return std::unexpected(after.error());
    const auto until = std::chrono::steady_clock::now() + time_of_a_check;
    storage::AuditCheck check;
    check.checked_to = *after;
    std::size_t rows = 0;
    while (!check.done && rows < rows_of_a_check && std::chrono::steady_clock::now() < until) {
        auto part = co_await call.context.store.check_audit(check.checked_to, rows_at_once);
        if (!part)
            co_return std::unexpected(std::move(part).error());
        check = std::move(*part);
        rows += check.rows;
    }
    co_return net::json_response(200, boost::json::serialize(describe(check, rows)));
}

Answer audit_checkpoint(Call call) {
    const auto checkpoint = co_await call.context.store.audit_checkpoint();
    if (!checkpoint)
        co_return std::unexpected(checkpoint.error());
    boost::json::object body = describe(checkpoint->position);
    body["at"] = checkpoint->at.time_since_epoch().count();
    body["signature"] = hex_of(checkpoint->signature);
    co_return net::json_response(200, boost::json::serialize(body));
}

Answer judge_checkpoint(Call call) {
    auto body = Body::parse(call.request, {"sequence", "hash", "at", "signature"});
    if (!body)
        co_return std::unexpected(std::move(body).error());
    storage::AuditCheckpoint checkpoint;
    checkpoint.position.sequence = static_cast<std::uint64_t>(body->number("sequence"));
    const auto hash = crypto::from_hex(body->required_text("hash"));
    checkpoint.at = Instant(std::chrono::milliseconds(body->number("at")));
    const auto signature = crypto::from_hex(body->required_text("signature"));
    const auto read = body->done();
    if (!read)
        co_return std::unexpected(read.error());
    if (!hash || !signature)
        co_return invalid_field(hash ? "signature" : "hash", "hash and signature must be hex digits.");
    checkpoint.position.hash = *hash;
    checkpoint.signature = *signature;
    const auto verdict = co_await call.context.store.judge_checkpoint(std::move(checkpoint));
    if (!verdict)
        co_return std::unexpected(verdict.error());
    boost::json::object answer;
    answer["verdict"] = name_of(*verdict);
    answer["ok"] = *verdict == storage::AuditVerdict::stands || *verdict == storage::AuditVerdict::removed;
    co_return net::json_response(200, boost::json::serialize(answer));
}

}  // namespace evergrant::api
