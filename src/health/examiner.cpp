#include "health/examiner.h"

#include "base/log.h"
#include "broker/check_plan.h"

#include <algorithm>
#include <utility>

namespace evergrant::health {

namespace {

using std::chrono::seconds;
using storage::CheckVerdict;

constexpr std::string_view expired =
    "The access token has expired and the provider gave no refresh token; authorize again.";
constexpr std::string_view refused_once =
    "The provider's API refused the access token (401); it is asked once more before the grant counts as dead.";
constexpr std::string_view refused_for_good =
    "The provider's API refuses the access token (401) and the provider gave no refresh token; authorize again.";
constexpr std::string_view refused_afresh =
    "The provider's API refuses a new access token, too (401): the scopes granted may not allow the health probe.";
constexpr seconds before_asking_once_more{60};

std::string_view name_of(CheckVerdict verdict) {
    switch (verdict) {
        case CheckVerdict::unseen: return "unseen";
        case CheckVerdict::works: return "works";
        case CheckVerdict::unclear: return "unclear";
        case CheckVerdict::dead: return "dead";
    }
    std::unreachable();
}

CheckVerdict verdict_of(Probed::Answer answer) {
    switch (answer) {
        case Probed::Answer::works: return CheckVerdict::works;
        case Probed::Answer::refused:
        case Probed::Answer::unclear: return CheckVerdict::unclear;
        case Probed::Answer::not_made: return CheckVerdict::unseen;
    }
    std::unreachable();
}

}  // namespace

async::Task<Result<void>> Examiner::examine(storage::HealthReport report, Instant now, Occasion occasion) {
    storage::ConnectionSummary& connection = report.connection;
    if (connection.status == storage::ConnectionStatus::invalid)
        co_return Result<void>();
    const bool ended = connection.expires_at && *connection.expires_at <= now;
    if (ended && !connection.renewable) {
        auto finding = plan(connection, now, CheckVerdict::dead);
        finding.error = expired;
        co_return co_await record(std::move(finding), connection.provider);
    }
    const bool troubled =
        report.status == storage::HealthStatus::expiring || report.status == storage::HealthStatus::refresh_failed;
    if (occasion == Occasion::asked && troubled && connection.renewable)
        co_return co_await refresh(std::move(connection), now);
    if (probe_is_due(connection, now, occasion))
        co_return co_await examine_by_probe(std::move(connection), now);
    // Asked, and nothing but the clock to go by: it stands as its token's life says.
    auto finding = plan(connection, now, occasion == Occasion::asked ? CheckVerdict::works : CheckVerdict::unseen);
    co_return co_await record(std::move(finding), connection.provider);
}

bool Examiner::probe_is_due(const storage::ConnectionSummary& connection, Instant now, Occasion occasion) const {
    const catalog::Provider* provider = parts_.catalog.find(connection.provider);
    if (provider == nullptr || provider->health_probe.empty() || parts_.probe_every.count() == 0)
        return false;
    if (occasion == Occasion::asked || !connection.last_check_at)
        return true;
    // Its first one comes soon after it was obtained, a later one up to a tenth before its time.
    const bool first = connection.last_check_at == connection.obtained_at;
    return first || *connection.last_check_at + parts_.probe_every * 9 / 10 <= now ||
           connection.last_error == refused_once;
}

async::Task<Result<void>> Examiner::examine_by_probe(storage::ConnectionSummary connection, Instant now) {
    auto probed = co_await parts_.prober.probe(connection.key);
    if (!probed)
        co_return std::unexpected(std::move(probed).error());
    if (probed->answer == Probed::Answer::refused) {
        connection.generation = probed->generation;
        co_return co_await refused_by_probe(std::move(connection), now);
    }
    if (probed->generation != 0)
        connection.generation = probed->generation;
    // What was not made is made when there is room for it, or, if nothing was left to probe, the next time.
    const bool not_made = probed->answer == Probed::Answer::not_made;
    if (not_made)
        connection.last_check_at = now;
    auto finding = plan(connection, now, verdict_of(probed->answer));
    finding.error = std::move(probed->error);
    if (probed->wait) {
        const Instant waited = now + *probed->wait;
        const Instant planned = finding.next_check_at.value_or(waited);
        finding.next_check_at = not_made ? std::min(planned, waited) : std::max(planned, waited);
    }
    co_return co_await record(std::move(finding), connection.provider);
}

/// One refusal may be the provider's mistake: what no refresh can decide is asked twice. And some providers answer 401
/// where they mean that a scope is missing: what refuses a new token, too, does not have it refreshed each time.
async::Task<Result<void>> Examiner::refused_by_probe(storage::ConnectionSummary connection, Instant now) {
    if (connection.renewable && connection.last_error != refused_afresh)
        co_return co_await refresh_and_probe_again(std::move(connection), now);
    if (connection.last_error == refused_once)
        co_return co_await refused(connection.key, connection.generation);
    auto finding = plan(connection, now, CheckVerdict::unclear);
    finding.error = connection.renewable ? refused_afresh : refused_once;
    if (!connection.renewable)
        finding.next_check_at = now + before_asking_once_more;
    co_return co_await record(std::move(finding), connection.provider);
}

async::Task<Result<void>> Examiner::refresh_and_probe_again(storage::ConnectionSummary connection, Instant now) {
    auto treated = co_await refused(connection.key, connection.generation);
    if (!treated && treated.error().code == Errc::store_unavailable)
        co_return treated;
    const auto probed = co_await parts_.prober.probe(connection.key);
    const bool another = probed && probed->generation > connection.generation;
    if (!another)
        co_return Result<void>();
    connection.generation = probed->generation;
    auto finding = plan(connection, now, verdict_of(probed->answer));
    finding.error = probed->error;
    if (probed->answer == Probed::Answer::refused)
        finding.error = refused_afresh;
    co_return co_await record(std::move(finding), connection.provider);
}

async::Task<Result<void>> Examiner::refresh(storage::ConnectionSummary connection, Instant now) {
    storage::DueConnection due;
    due.key = connection.key;
    due.generation = connection.generation;
    const auto renewed = co_await parts_.vendors.renew(std::move(due));
    if (renewed)
        co_return Result<void>();
    if (renewed.error().code == Errc::store_unavailable)
        co_return std::unexpected(renewed.error());
    // What kept it from being tried is not in the row: a budget, missing credentials.
    auto finding = plan(connection, now, CheckVerdict::unclear);
    finding.error = renewed.error().message;
    co_return co_await record(std::move(finding), connection.provider);
}

async::Task<Result<void>> Examiner::refused(ConnectionKey key, storage::Generation generation) {
    storage::DueConnection due;
    due.key = key;
    due.generation = generation;
    const auto before = co_await parts_.store.find_connection(key);
    if (!before)
        co_return std::unexpected(before.error());
    if (!*before || (*before)->summary.generation != generation)
        co_return Result<void>();
    const ProviderId provider = (*before)->summary.provider;
    const bool alive = (*before)->summary.status != storage::ConnectionStatus::invalid;
    if (!(*before)->summary.renewable || !alive)
        co_return co_await end(std::move(key), generation, provider, std::string(refused_for_good));

    const auto renewed = co_await parts_.vendors.renew(std::move(due));
    const auto after = co_await parts_.store.find_connection(key);
    if (!after)
        co_return std::unexpected(after.error());
    const bool died = *after && (*after)->summary.generation == generation &&
                      (*after)->summary.status == storage::ConnectionStatus::invalid;
    if (died)
        co_return co_await end(std::move(key), generation, provider, std::string(refused_for_good));
    if (!renewed)
        co_return std::unexpected(renewed.error());
    co_return Result<void>();
}

/// Dead, and nobody is served its token any more, in no replica.
async::Task<Result<void>> Examiner::end(ConnectionKey key, storage::Generation generation, ProviderId provider,
                                        std::string error) {
    storage::CheckFinding finding;
    finding.key = key;
    finding.generation = generation;
    finding.verdict = CheckVerdict::dead;
    finding.token_ended = true;
    finding.error = std::move(error);
    auto recorded = co_await record(std::move(finding), std::move(provider));
    if (recorded)
        co_await parts_.vendors.removed(std::move(key), generation);
    co_return recorded;
}

storage::CheckFinding Examiner::plan(const storage::ConnectionSummary& connection, Instant now,
                                     CheckVerdict verdict) const {
    broker::Watched watching = broker::watched(connection, parts_.catalog.find(connection.provider));
    if (verdict != CheckVerdict::unseen)
        watching.looked_at = now;
    storage::CheckFinding finding;
    finding.key = connection.key;
    finding.generation = connection.generation;
    finding.verdict = verdict;
    finding.renewal_notice = broker::notice_due(watching, now);
    finding.next_check_at = broker::next_check(watching, parts_.probe_every, now, parts_.random.dice());
    return finding;
}

async::Task<Result<void>> Examiner::record(storage::CheckFinding finding, ProviderId provider) {
    const CheckVerdict verdict = finding.verdict;
    const ConnectionKey key = finding.key;
    const std::string error = finding.error;
    const auto written = co_await parts_.store.record_check(std::move(finding));
    if (!written)
        co_return std::unexpected(written.error());
    parts_.metrics
        .counter("evergrant_health_checks_total", "Looks at connections, by provider and by what was found",
                 {{"provider", provider.str()}, {"outcome", std::string(name_of(verdict))}})
        .increment();
    if (verdict == CheckVerdict::dead && *written)
        log(LogLevel::error, "grant_found_dead",
            {{"tenant", key.tenant.str()},
             {"integration", key.integration.str()},
             {"provider", provider.str()},
             {"detail", error}});
    co_return Result<void>();
}

}  // namespace evergrant::health
