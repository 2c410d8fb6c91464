#include "broker/audit_log.h"

#include "async/sleep.h"
#include "base/log.h"

#include <utility>

namespace evergrant::broker {

namespace {

constexpr std::size_t rows_at_once = 5'000;
constexpr std::chrono::milliseconds between_parts{100};
constexpr std::size_t most_callers = 10'000;
constexpr std::string_view vend_action = "token.vend";

storage::AuditEvent lost_event(std::uint64_t count, Instant now) {
    storage::AuditEvent event;
    event.at = now;
    event.actor = "system";
    event.action = "audit.lost";
    event.outcome = "overloaded";
    event.detail = R"({"count":)" + std::to_string(count) + "}";
    return event;
}

AuditFields fields_of(const AuditCaller& caller) noexcept {
    AuditFields fields;
    if (caller.principal != nullptr) {
        fields.actor = caller.principal->subject;
        fields.role = storage::name_of(caller.principal->role);
    }
    fields.address = caller.address;
    fields.request_id = caller.request_id;
    return fields;
}

}  // namespace

AuditLog::AuditLog(storage::Store& store, const Clock& clock, Metrics& metrics, AuditRules rules)
    : store_(store),
      clock_(clock),
      rules_(rules),
      patience_(std::chrono::milliseconds(rules.patience).count()),
      written_(metrics.counter("evergrant_audit_events_total", "Audit events written")),
      lost_(metrics.counter("evergrant_audit_lost_total", "Audit events for which there was no room in memory")),
      waiting_gauge_(metrics.gauge("evergrant_audit_waiting", "Audit events that wait to be written")),
      wait_gauge_(metrics.gauge("evergrant_audit_waiting_seconds",
                                "For how long events have waited without all of them being written")),
      tenants_(metrics, rules_.tenants_in_metrics) {}

void AuditLog::record(storage::AuditEvent event) {
    const std::lock_guard lock(mutex_);
    tenants_.count(event, 1);
    push(std::move(event));
    waiting_gauge_.set(static_cast<double>(waiting_.size()));
}

void AuditLog::take_in(AuditTally& tally) {
    const std::lock_guard lock(mutex_);
    tally.take([this](storage::AuditEvent event, std::uint32_t count) {
        count_vends(event, count);
        tenants_.count(event, count);
        push(std::move(event));
    });
    lose(tally.take_lost());
    waiting_gauge_.set(static_cast<double>(waiting_.size()));
}

void AuditLog::count_vends(const storage::AuditEvent& event, std::uint64_t count) {
    if (event.action != vend_action || event.outcome != "ok" || event.actor.empty())
        return;
    if (vends_.size() < most_callers || vends_.contains(event.actor))
        vends_[event.actor] += count;
}

VendsByCaller AuditLog::take_vends() {
    const std::lock_guard lock(mutex_);
    return std::exchange(vends_, {});
}

void AuditLog::push(storage::AuditEvent event) {
    if (waiting_.size() >= rules_.most_waiting)
        return lose(1);
    if (event.at == Instant())
        event.at = clock_.now();
    storage::tidy(event);
    waiting_.push(event);
}

void AuditLog::lose(std::uint64_t count) {
    lost_untold_ += count;
    if (count != 0)
        lost_.increment(count);
}

AuditLog::Batch AuditLog::next_batch() {
    const std::lock_guard lock(mutex_);
    Batch batch{.events = waiting_.first(rules_.batch), .lost = lost_untold_};
    if (batch.lost != 0)
        batch.events.push_back(lost_event(batch.lost, clock_.now()));
    return batch;
}

void AuditLog::drop(const Batch& batch) {
    const std::lock_guard lock(mutex_);
    waiting_.drop(batch.events.size() - (batch.lost == 0 ? 0 : 1));
    lost_untold_ -= batch.lost;
}

void AuditLog::show_wait() noexcept {
    const std::chrono::milliseconds since(waiting_since_.load(std::memory_order_relaxed));
    wait_gauge_.set(std::chrono::duration<double>(clock_.steady() - since).count());
}

async::Task<bool> AuditLog::write_out() {
    for (;;) {
        Batch batch = next_batch();
        if (batch.events.empty())
            break;
        if (waiting_since_.load(std::memory_order_relaxed) == nothing_waits)
            waiting_since_.store(clock_.steady().count(), std::memory_order_relaxed);
        const auto written = co_await store_.append_audit(batch.events);
        show_wait();
        if (!written) {
            log(LogLevel::error, "audit_not_written", {{"error", written.error().message}});
            co_return false;
        }
        written_.increment(batch.events.size());
        drop(batch);
        waiting_since_.store(nothing_waits, std::memory_order_relaxed);
    }
    waiting_gauge_.set(0);
    wait_gauge_.set(0);
    co_return true;
}

async::Task<void> AuditLog::remove_old() {
    std::size_t removed = rules_.keep.count() == 0 ? 0 : rows_at_once;
    while (removed == rows_at_once) {
        const auto part = co_await store_.remove_audit_older_than(rules_.keep, rows_at_once);
        if (!part)
            log(LogLevel::warning, "audit_not_shortened", {{"error", part.error().message}});
        removed = part.value_or(0);
        co_await async::sleep_for(between_parts);
    }
}

void AuditDesk::vend(const AuditCaller& caller, std::string_view tenant, std::string_view integration,
                     std::string_view outcome) {
    AuditFields fields = fields_of(caller);
    fields.action = vend_action;
    fields.tenant = tenant;
    fields.integration = integration;
    fields.outcome = outcome;
    tally_.note(fields, log_.clock().now());
}

void AuditDesk::refusal(const AuditCaller& caller, std::string_view route, std::string_view outcome) {
    AuditFields fields = fields_of(caller);
    fields.action = "access.deny";
    fields.integration = route;
    fields.outcome = outcome;
    tally_.note(fields, log_.clock().now());
}

void AuditDesk::record(const AuditCaller& caller, storage::AuditEvent event) {
    const AuditFields fields = fields_of(caller);
    if (caller.principal != nullptr)
        event.actor = fields.actor;
    event.role = fields.role;
    event.address = fields.address;
    event.request_id = fields.request_id;
    log_.record(std::move(event));
}

void AuditDesk::hand_in() {
    if (!tally_.empty())
        log_.take_in(tally_);
}

async::Task<void> keep_audit(async::Shard* shard, AuditDesk* desk, std::size_t shards) {
    const AuditRules& rules = desk->log().rules();
    auto handed_in_at = std::chrono::steady_clock::now();
    bool done = false;
    for (;;) {
        co_await async::sleep_for(rules.between);
        // The last to leave: what still runs on this shard may have something to tell.
        const bool last = shard->closing() && shard->work_under_way() <= 1;
        const auto now = std::chrono::steady_clock::now();
        if (last || desk->filling() || now - handed_in_at >= rules.window) {
            desk->hand_in();
            handed_in_at = now;
        }
        if (last && !done) {
            done = true;
            desk->log().shard_is_done(shards);
        }
        const bool all_done = desk->log().shards_done() >= shards;
        if (shard->index() != 0) {
            if (done)
                co_return;
            continue;
        }
        const bool written = co_await desk->log().write_out();
        if (done && all_done && written)
            co_return;
    }
}

async::Task<void> keep_audit_short(AuditLog* log) {
    for (;;) {
        co_await log->remove_old();
        co_await async::sleep_for(log->rules().between_removals);
    }
}

}  // namespace evergrant::broker
