#include "health/expiry_rules.h"

#include "broker/check_plan.h"

#include <algorithm>
#include <map>

namespace evergrant::health {

namespace {

constexpr unsigned last_notice = 1;

std::string day_of(sys_seconds time) {
    return to_iso8601(time).substr(0, std::string_view("2026-12-10").size());
}

}  // namespace

unsigned notice_due(const storage::EndingKey& key) {
    broker::Watched watched;
    watched.dies = key.expires_at;
    watched.obtained = key.created_at;
    return broker::notice_due(watched, key.now);
}

Condition ending_key(const storage::EndingKey& key, unsigned notice) {
    return {.rule = rule::key_expiring,
            .subject = std::to_string(notice) + "|" + key.id,
            .severity = notice <= last_notice ? storage::Severity::error : storage::Severity::warning,
            .status = "expiring",
            .reason = "The API key " + key.id + " (" + key.name + ") ends on " + day_of(key.expires_at) +
                      ": give who uses it another one by then.",
            .once = true};
}

std::optional<crypto::Certificate> first_to_end(const std::vector<crypto::Certificate>& certificates) {
    std::map<std::string_view, const crypto::Certificate*> last;
    for (const crypto::Certificate& one : certificates) {
        const crypto::Certificate*& held = last[one.subject];
        if (held == nullptr || held->ends_at < one.ends_at)
            held = &one;
    }
    const crypto::Certificate* first = nullptr;
    for (const auto& [subject, one] : last)
        if (first == nullptr || one->ends_at < first->ends_at)
            first = one;
    return first == nullptr ? std::nullopt : std::optional(*first);
}

std::optional<Condition> ending_certificate(const CertificateFile& file, sys_seconds now) {
    Condition condition{.rule = rule::certificate_expiring, .subject = file.setting, .status = "expiring"};
    const auto first = first_to_end(file.certificates);
    if (!first) {
        condition.status = "unreadable";
        condition.reason = "The file of " + file.setting + " holds no certificate that can be read.";
        return condition;
    }
    if (first->ends_at - now > expiry_horizon)
        return std::nullopt;
    const bool ended = first->ends_at <= now;
    condition.reason = "The certificate of " + first->subject + " in the file of " + file.setting +
                       (ended ? " ended on " : " ends on ") + day_of(first->ends_at) +
                       ": put the one in that replaces it.";
    return condition;
}

}  // namespace evergrant::health
