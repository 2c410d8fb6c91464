#pragma once
//
// Server rules: what the server's own figures say is wrong with it or its surroundings. Pure: figures and their time
// come in, what holds now goes out. The same rules for Prometheus are deploy/prometheus/evergrant.rules.yml.
//
#include "health/metric_figures.h"
#include "storage/alerts.h"

#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::health {

namespace rule {
inline constexpr std::string_view refresh_failures = "refresh_failures";
inline constexpr std::string_view callback_errors = "callback_errors";
inline constexpr std::string_view redis_lost = "redis_lost";
inline constexpr std::string_view database_slow = "database_slow";
inline constexpr std::string_view database_lost = "database_lost";
inline constexpr std::string_view rescue_waiting = "rescue_waiting";
inline constexpr std::string_view audit_not_written = "audit_not_written";
inline constexpr std::string_view vend_rate = "vend_rate";
}  // namespace rule

struct ServerLimits {
    double refresh_failures{0.05};    ///< of all refreshes within `refresh_window`
    double refreshes_that_count{20};  ///< fewer say nothing
    std::chrono::milliseconds refresh_window{300'000};
    double callback_errors{10};  ///< within `callback_window`
    std::chrono::milliseconds callback_window{3'600'000};
    std::chrono::milliseconds lost_for{60'000};       ///< Redis, or the database
    std::chrono::milliseconds slow_answer{1'000};     ///< of the database, twice in a row
    std::chrono::milliseconds waiting_for{300'000};   ///< the rescue journal
    double audit_wait{60};                            ///< seconds that audit events may wait
    std::chrono::milliseconds audit_window{900'000};  ///< for which lost ones are told of
};

/// How things stand at one moment of the steady clock.
struct ServerFigures {
    std::chrono::milliseconds at{0};
    double refreshes{0};
    double failed_refreshes{0};
    double failed_callbacks{0};
    bool redis_up{true};
    double rescue_waiting{0};
    double audit_waited{0};  ///< seconds, those that wait now
    double audit_lost{0};
    bool store_writable{true};
    std::chrono::milliseconds store_took{0};
};

[[nodiscard]] ServerFigures figures_of(const MetricFigures& metrics);

/// Something that is wrong now.
struct Condition {
    std::string_view rule;
    std::string subject{};  ///< what of: an alert each; empty: the server
    storage::Severity severity{storage::Severity::error};
    std::string status{};  ///< one or two words
    std::string reason{};  ///< one sentence or two
    bool once{false};      ///< told once, and over then; else it is told when it begins and when it is over
};

class ServerRules {
public:
    explicit ServerRules(ServerLimits limits = {}) : limits_(limits) {}

    /// What holds, all this while included. Call at intervals shorter than the limits.
    [[nodiscard]] std::vector<Condition> judge(const ServerFigures& now);

private:
    [[nodiscard]] const ServerFigures& before(std::chrono::milliseconds window) const;
    void judge_refreshes(std::vector<Condition>& wrong) const;
    void judge_callbacks(std::vector<Condition>& wrong) const;
    void judge_audit(std::vector<Condition>& wrong) const;
    void judge_stores(std::vector<Condition>& wrong);

    ServerLimits limits_;
    std::deque<ServerFigures> seen_;
    std::optional<std::chrono::milliseconds> redis_lost_since_;
    std::optional<std::chrono::milliseconds> database_lost_since_;
    std::optional<std::chrono::milliseconds> waiting_since_;
};

}  // namespace evergrant::health
