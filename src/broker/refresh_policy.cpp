#include "broker/refresh_policy.h"

#include "async/sleep.h"
#include "broker/redirects.h"

#include <algorithm>

namespace evergrant::broker {

namespace {

using oauth::FailureClass;

/// Why the provider no longer takes a refresh token: the person who must act wants to know whether an answer was lost.
std::string words_for_death(const storage::ConnectionSummary& connection, const oauth::ProviderFailure& failure) {
    const bool answer_was_lost = connection.intent && connection.intent->attempts > 1;
    if (!answer_was_lost)
        return failure.reason;
    return "The answer to the refresh begun at " +
           to_iso8601(std::chrono::floor<std::chrono::seconds>(connection.intent->since)) +
           " never arrived, and the provider no longer accepts the refresh token; authorize again.";
}

/// What is too long, broken off or no HTTP is not late: a longer wait would not have helped.
bool came_and_broke(const oauth::ProviderFailure& failure) {
    return failure.code == traits_of(Errc::provider_error).name;
}

}  // namespace

std::optional<sys_seconds> renewal_time(const RefreshPolicy& policy, const oauth::TokenSet& tokens, double dice) {
    if (!tokens.expires_at)
        return std::nullopt;
    const std::chrono::seconds margin = std::min(policy.margin, tokens.lifetime / 4);
    const auto spread =
        static_cast<std::chrono::seconds::rep>(static_cast<double>(margin.count()) * policy.jitter * dice);
    return *tokens.expires_at - margin - std::chrono::seconds(spread);
}

std::optional<Instant> due_time(const RefreshPolicy& policy, const catalog::RefreshPolicy& provider,
                                const oauth::TokenSet& tokens, Instant now, double dice) {
    if (tokens.refresh_token.empty())
        return std::nullopt;
    std::optional<Instant> due;
    if (const auto renewal = renewal_time(policy, tokens, dice))
        due = *renewal;
    if (provider.idle_life) {
        const Instant before_it_dies =
            now + std::chrono::duration_cast<std::chrono::seconds>(*provider.idle_life) * 3 / 4;
        due = due ? std::min(*due, before_it_dies) : before_it_dies;
    }
    return due;
}

std::optional<Instant> due_time_of_app_grant(const RefreshPolicy& policy, const oauth::TokenSet& tokens, double dice) {
    if (const auto renewal = renewal_time(policy, tokens, dice))
        return *renewal;
    return std::nullopt;
}

std::chrono::milliseconds pause_after(const RefreshPolicy& policy, unsigned failures,
                                      std::optional<std::chrono::seconds> retry_after, double dice) {
    const async::Backoff backoff{.first = policy.first_pause, .cap = policy.longest_pause};
    const auto own = backoff.pause(failures, dice);
    return retry_after ? std::max<std::chrono::milliseconds>(own, *retry_after) : own;
}

storage::RefreshFailure consequence(const RefreshPolicy& policy, const oauth::ProviderFailure& failure,
                                    const storage::ConnectionSummary& connection, Instant now, double dice) {
    storage::RefreshFailure result;
    if (failure.failure == FailureClass::dead_grant) {
        result.status = storage::ConnectionStatus::invalid;
        result.error = words_for_death(connection, failure);
        return result;
    }
    const bool was_in_doubt = connection.intent && connection.intent->attempts > 1;
    result.error = failure.reason;
    result.next_try_at = now + pause_after(policy, connection.failures, failure.retry_after, dice);
    result.keep_intent = was_in_doubt || oauth::leaves_doubt(failure.failure);
    return result;
}

Error error_of(const oauth::ProviderFailure& failure, const storage::ConnectionSummary& connection) {
    Error error{.message = failure.reason, .detail = failure.detail, .retry_after = failure.retry_after};
    switch (failure.failure) {
        case FailureClass::dead_grant:
            error.code = Errc::reauthorization_required;
            error.message = words_for_death(connection, failure);
            error.authorize_url = authorize_path(connection.key, connection.provider);
            break;
        case FailureClass::app_misconfigured: error.code = Errc::provider_misconfigured; break;
        case FailureClass::not_sent: error.code = Errc::provider_unreachable; break;
        case FailureClass::answer_unknown:
            error.code = came_and_broke(failure) ? Errc::provider_error : Errc::provider_timeout;
            break;
        case FailureClass::request_rejected:
        case FailureClass::throttled:
        case FailureClass::provider_unavailable: error.code = Errc::provider_error; break;
    }
    return error;
}

Error reauthorization_error(const storage::ConnectionSummary& connection) {
    Error error{.code = Errc::reauthorization_required,
                .message = connection.last_error,
                .authorize_url = authorize_path(connection.key, connection.provider)};
    if (error.message.empty())
        error.message = "The access token has expired and the provider gave no refresh token; authorize again.";
    return error;
}

std::optional<std::chrono::seconds> assumed_life(std::optional<std::chrono::seconds> by_entry,
                                                 const oauth::TokenSet& replaced, bool refused, sys_seconds now) {
    constexpr std::chrono::minutes shortest{15};
    if (!by_entry || !replaced.expires_at || replaced.lifetime <= std::chrono::seconds(0))
        return by_entry;
    const std::chrono::seconds learned = std::min(*by_entry, replaced.lifetime);
    const std::chrono::seconds age = now - (*replaced.expires_at - replaced.lifetime);
    if (refused && age >= shortest)
        return std::min(learned, age);
    return learned;
}

}  // namespace evergrant::broker
