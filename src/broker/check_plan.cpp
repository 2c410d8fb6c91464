#include "broker/check_plan.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace evergrant::broker {

namespace {

using std::chrono::days;
using std::chrono::seconds;

constexpr std::array notices{14U, 7U, 1U};
constexpr std::array<std::string_view, 3> names_of_life{"refresh_token_expires_in", "x_refresh_token_expires_in",
                                                        "refresh_expires_in"};
constexpr seconds longest_life = std::chrono::years(10);
constexpr seconds first_probe_within{60};
/// While no probes are made: how soon a connection that nothing else would bring back is there if they are made again.
constexpr std::chrono::hours pause_without_probes{24};

std::optional<std::int64_t> number_in(const boost::json::value& value) {
    if (value.is_int64())
        return value.get_int64();
    const auto* const text = value.if_string();
    if (text == nullptr)
        return std::nullopt;
    std::int64_t number = 0;
    const char* const end = text->data() + text->size();
    const auto [stop, problem] = std::from_chars(text->data(), end, number);
    return problem == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

void bring_nearer(std::optional<Instant>& due, Instant candidate) {
    due = due ? std::min(*due, candidate) : candidate;
}

/// By the calendar and the clock alone.
std::optional<Instant> next_by_the_clock(const Watched& watched, Instant now) {
    std::optional<Instant> due;
    if (!watched.renewable && watched.ends)
        due = std::max<Instant>(*watched.ends, now);
    if (!watched.dies)
        return due;
    for (const unsigned notice : notices) {
        const Instant at = *watched.dies - days(notice);
        if (at > now && at > watched.obtained)
            bring_nearer(due, at);
    }
    return due;
}

seconds part_of(seconds whole, double part) {
    return seconds(static_cast<seconds::rep>(static_cast<double>(whole.count()) * part));
}

}  // namespace

Watched watched(const storage::ConnectionSummary& connection, const catalog::Provider* provider) {
    return {.probed = provider != nullptr && !provider->health_probe.empty(),
            .renewable = connection.renewable,
            .ends = connection.expires_at,
            .dies = connection.dies_at,
            .looked_at = connection.last_check_at,
            .obtained = connection.obtained_at};
}

std::optional<sys_seconds> death_of(const catalog::RefreshPolicy& provider, const oauth::TokenSet& tokens,
                                    sys_seconds now) {
    if (tokens.refresh_token.empty())
        return tokens.expires_at;
    if (const auto told = told_death(tokens, now))
        return told;
    return provider.life ? std::optional<sys_seconds>(now + *provider.life) : std::nullopt;
}

std::optional<sys_seconds> told_death(const oauth::TokenSet& answer, sys_seconds now) {
    for (const std::string_view name : names_of_life) {
        const auto* const value = answer.metadata.if_contains(name);
        const auto life = value == nullptr ? std::nullopt : number_in(*value);
        if (life && *life > 0 && *life <= longest_life.count())
            return now + seconds(*life);
    }
    return std::nullopt;
}

unsigned notice_due(const Watched& watched, Instant now) {
    unsigned due = 0;
    for (const unsigned notice : notices)
        if (watched.dies && *watched.dies - days(notice) <= now && *watched.dies - days(notice) > watched.obtained)
            due = notice;
    return due;
}

std::optional<Instant> next_check(const Watched& watched, seconds every, Instant now, double dice) {
    std::optional<Instant> due = next_by_the_clock(watched, now);
    if (!watched.probed)
        return due;
    if (every.count() == 0) {
        if (!watched.renewable)
            bring_nearer(due, now + pause_without_probes);
        return due;
    }
    // Up to a tenth sooner, so that what was obtained together is not looked at together for ever.
    const Instant probe = watched.looked_at.value_or(now) + every - part_of(every / 10, dice);
    bring_nearer(due, std::max(probe, now));
    return due;
}

std::optional<Instant> first_check(const Watched& watched, seconds every, Instant now, double dice) {
    Watched anew = watched;
    anew.looked_at = now - every + first_probe_within;
    return next_check(anew, every, now, dice);
}

}  // namespace evergrant::broker
