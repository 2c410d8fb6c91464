#pragma once
//
// AuditLog: who did what, on its way to the store. Use cases and routes hand in events without waiting; one loop writes
// them in batches. What is bounded and what is lost when, docs/audit.md tells. AuditDesk is a shard's way to it.
//
#include "async/shard.h"
#include "async/task.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "broker/access.h"
#include "broker/audit_backlog.h"
#include "broker/audit_tally.h"
#include "broker/tenant_figures.h"
#include "storage/store.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace evergrant::broker {

struct AuditRules {
    bool required{false};                    ///< no token is handed out while events cannot be written
    std::chrono::seconds window{5};          ///< within which vends and refusals are counted together; > 0
    std::chrono::seconds patience{10};       ///< for which events may wait before `required` stops vends
    std::chrono::milliseconds between{250};  ///< batches
    std::size_t most_waiting{50'000};        ///< events in memory; more are lost, and counted
    std::size_t batch{250};                  ///< events in one write; > 0
    std::chrono::days keep{400};             ///< 0: for ever
    std::size_t tenants_in_metrics{0};       ///< with a label of their own; 0: no tenant stands in any metric
    std::chrono::seconds between_removals{3600};
};

/// How many tokens were handed out by caller: the id of an API key, or the subject of a JWT.
using VendsByCaller = std::unordered_map<std::string, std::uint64_t>;

/// Thread-safe.
class AuditLog {
public:
    AuditLog(storage::Store& store, const Clock& clock, Metrics& metrics, AuditRules rules);

    /// The time is set here if the event has none.
    void record(storage::AuditEvent event);
    void take_in(AuditTally& tally);
    /// Of what was taken in since the last call, for up to 10,000 callers; the tally counts them anyway.
    [[nodiscard]] VendsByCaller take_vends();

    /// Whether a token may be handed out. Cheap: one read of memory while all is well.
    [[nodiscard]] bool may_vend() const noexcept {
        const std::int64_t since = waiting_since_.load(std::memory_order_relaxed);
        return since == nothing_waits || !rules_.required || clock_.steady().count() - since < patience_;
    }

    /// Writes what waits, in batches; true if nothing waits any more. One caller at a time.
    [[nodiscard]] async::Task<bool> write_out();
    /// Removes what is older than rules say, in parts.
    [[nodiscard]] async::Task<void> remove_old();

    [[nodiscard]] const AuditRules& rules() const noexcept { return rules_; }
    [[nodiscard]] const Clock& clock() const noexcept { return clock_; }

    /// A shard has handed in its last event. True once all of `shards` have.
    bool shard_is_done(std::size_t shards) noexcept { return done_.fetch_add(1) + 1 >= shards; }
    [[nodiscard]] std::size_t shards_done() const noexcept { return done_.load(); }

private:
    static constexpr std::int64_t nothing_waits = -1;

    struct Batch {
        std::vector<storage::AuditEvent> events;
        std::uint64_t lost{0};  ///< of which the last event tells
    };
    void push(storage::AuditEvent event);                                     // under the mutex
    void lose(std::uint64_t count);                                           // under the mutex
    void count_vends(const storage::AuditEvent& event, std::uint64_t count);  // under the mutex
    [[nodiscard]] Batch next_batch();
    void drop(const Batch& batch);
    void show_wait() noexcept;

    storage::Store& store_;
    const Clock& clock_;
    const AuditRules rules_;
    const std::int64_t patience_;
    Counter& written_;
    Counter& lost_;
    Gauge& waiting_gauge_;
    Gauge& wait_gauge_;
    std::mutex mutex_;  ///< of the four below
    AuditBacklog waiting_;
    std::uint64_t lost_untold_{0};
    VendsByCaller vends_;
    TenantFigures tenants_;
    std::atomic<std::int64_t> waiting_since_{nothing_waits};  ///< steady; when the batch at hand was first tried
    std::atomic<std::size_t> done_{0};
};

/// Who asks for something, and from where.
struct AuditCaller {
    const Principal* principal{nullptr};  ///< null: nobody proved who they are
    std::string_view address{};
    std::string_view request_id{};
};

/// One for each shard. Thread: that shard's.
class AuditDesk {
public:
    explicit AuditDesk(AuditLog& log) : log_(log) {}

    /// A token was handed out, or refused with an error. No allocation if it was so before, a moment ago.
    void vend(const AuditCaller& caller, std::string_view tenant, std::string_view integration,
              std::string_view outcome);
    /// Somebody was turned away from a route.
    void refusal(const AuditCaller& caller, std::string_view route, std::string_view outcome);
    /// Anything rarer: a row each. Of a caller without credentials the event names the actor itself, if anybody can.
    void record(const AuditCaller& caller, storage::AuditEvent event);
    [[nodiscard]] bool may_vend() const noexcept { return log_.may_vend(); }
    [[nodiscard]] AuditLog& log() noexcept { return log_; }

    /// Hands the counted events in.
    void hand_in();
    [[nodiscard]] bool filling() const noexcept { return tally_.filling(); }

private:
    AuditLog& log_;
    AuditTally tally_;
};

/// A shard's loop: hands in what it counted, on the first shard writes what all handed in, and when the shard drains
/// ends last of all. Spawn it with AtDrain::finish.
[[nodiscard]] async::Task<void> keep_audit(async::Shard* shard, AuditDesk* desk, std::size_t shards);
/// Removes old rows now and then. Spawn it with AtDrain::stop.
[[nodiscard]] async::Task<void> keep_audit_short(AuditLog* log);

}  // namespace evergrant::broker
