#include "health/server_rules.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace evergrant::health {

namespace {

using std::chrono::milliseconds;
using storage::Severity;

constexpr milliseconds at_least_apart{1'000};  // samples kept; those between are looked at and forgotten

std::string whole(double number) {
    return std::to_string(static_cast<std::int64_t>(number));
}

/// Since when it has been so; nothing: it is not so.
void note(std::optional<milliseconds>& since, bool is_so, milliseconds now) {
    if (!is_so)
        since.reset();
    else if (!since)
        since = now;
}

bool lasts(const std::optional<milliseconds>& since, milliseconds now, milliseconds limit) {
    return since && now - *since >= limit;
}

}  // namespace

ServerFigures figures_of(const MetricFigures& metrics) {
    const auto failed = [](std::string_view labels) { return !labels.contains("outcome=\"refreshed\""); };
    // A person may say no, and anybody may make up states: neither tells of the app, or shall wake who looks after it.
    const auto refused = [](std::string_view labels) {
        return !labels.contains("outcome=\"success\"") && !labels.contains("outcome=\"access_denied\"") &&
               !labels.contains("outcome=\"asked\"") && !labels.contains("provider=\"unknown\"");
    };
    ServerFigures figures;
    figures.refreshes = metrics.sum("evergrant_refreshes_total");
    figures.failed_refreshes = metrics.sum("evergrant_refreshes_total", failed);
    figures.failed_callbacks = metrics.sum("evergrant_callbacks_total", refused);
    figures.redis_up = metrics.least("evergrant_redis_up") > 0;
    figures.rescue_waiting = metrics.sum("evergrant_rescue_waiting");
    figures.audit_waited = metrics.sum("evergrant_audit_waiting_seconds");
    figures.audit_lost = metrics.sum("evergrant_audit_lost_total");
    return figures;
}

std::vector<Condition> ServerRules::judge(const ServerFigures& now) {
    // Of those in one second the last is kept, so that an hour's are bounded.
    if (seen_.size() > 1 && now.at - seen_[seen_.size() - 2].at < at_least_apart)
        seen_.pop_back();
    seen_.push_back(now);
    while (seen_.size() > 2 && now.at - seen_[1].at >= limits_.callback_window)
        seen_.pop_front();
    note(redis_lost_since_, !now.redis_up, now.at);
    note(database_lost_since_, !now.store_writable, now.at);
    note(waiting_since_, now.rescue_waiting > 0, now.at);
    std::vector<Condition> wrong;
    judge_refreshes(wrong);
    judge_callbacks(wrong);
    judge_audit(wrong);
    judge_stores(wrong);
    return wrong;
}

/// The newest figures that are as old as the window, or the oldest there are.
const ServerFigures& ServerRules::before(milliseconds window) const {
    const milliseconds from = seen_.back().at - window;
    const auto younger = std::ranges::find_if(seen_, [from](const ServerFigures& one) { return one.at > from; });
    return younger == seen_.begin() ? seen_.front() : *std::prev(younger);
}

void ServerRules::judge_refreshes(std::vector<Condition>& wrong) const {
    constexpr double percent = 100;
    const ServerFigures& now = seen_.back();
    const ServerFigures& then = before(limits_.refresh_window);
    const double all = now.refreshes - then.refreshes;
    const double failed = now.failed_refreshes - then.failed_refreshes;
    if (all < limits_.refreshes_that_count || failed <= all * limits_.refresh_failures)
        return;
    wrong.push_back({.rule = rule::refresh_failures,
                     .severity = Severity::error,
                     .status = "failing",
                     .reason = whole(failed / all * percent) + " % of the refreshes of the last minutes failed: " +
                               whole(failed) + " of " + whole(all) + "."});
}

void ServerRules::judge_callbacks(std::vector<Condition>& wrong) const {
    const double errors = seen_.back().failed_callbacks - before(limits_.callback_window).failed_callbacks;
    if (errors <= limits_.callback_errors)
        return;
    wrong.push_back({.rule = rule::callback_errors,
                     .severity = Severity::warning,
                     .status = "failing",
                     .reason = whole(errors) + " authorizations failed within an hour."});
}

void ServerRules::judge_audit(std::vector<Condition>& wrong) const {
    const ServerFigures& now = seen_.back();
    const double lost = now.audit_lost - before(limits_.audit_window).audit_lost;
    std::string reason;
    if (lost > 0)
        reason = whole(lost) + " audit events were lost within the last quarter of an hour.";
    else if (now.audit_waited >= limits_.audit_wait)
        reason = "Audit events have not been written for " + whole(now.audit_waited) + " seconds.";
    if (!reason.empty())
        wrong.push_back({.rule = rule::audit_not_written,
                         .severity = Severity::critical,
                         .status = lost > 0 ? "lost" : "waiting",
                         .reason = std::move(reason)});
}

void ServerRules::judge_stores(std::vector<Condition>& wrong) {
    const ServerFigures& now = seen_.back();
    if (lasts(redis_lost_since_, now.at, limits_.lost_for))
        wrong.push_back({.rule = rule::redis_lost,
                         .severity = Severity::error,
                         .status = "lost",
                         .reason = "Redis cannot be spoken with. Tokens are served; replicas ask the database more."});
    if (lasts(database_lost_since_, now.at, limits_.lost_for))
        wrong.push_back({.rule = rule::database_lost,
                         .severity = Severity::critical,
                         .status = "lost",
                         .reason = "The store takes no writes. Tokens held are served until they expire."});
    const bool was_slow = seen_.size() > 1 && seen_[seen_.size() - 2].store_took >= limits_.slow_answer;
    if (now.store_writable && was_slow && now.store_took >= limits_.slow_answer)
        wrong.push_back(
            {.rule = rule::database_slow,
             .severity = Severity::error,
             .status = "slow",
             .reason = "The store took " + whole(static_cast<double>(now.store_took.count())) + " ms to answer."});
    if (lasts(waiting_since_, now.at, limits_.waiting_for))
        wrong.push_back({.rule = rule::rescue_waiting,
                         .severity = Severity::critical,
                         .status = "waiting",
                         .reason = "The store has not taken " + whole(now.rescue_waiting) +
                                   " refreshed token sets for minutes; they stand in the rescue journal alone."});
}

}  // namespace evergrant::health
