//
// What an answer means that is not a token: the provider's own rules first, then RFC 6749 5.2, then the status.
//
#include "oauth/answer_body.h"
#include "oauth/failure_words.h"
#include "oauth/http_date.h"
#include "oauth/provider_text.h"
#include "oauth/token_response.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace evergrant::oauth {

namespace {

constexpr unsigned request_timeout = 408;
constexpr unsigned too_many_requests = 429;

bool is_success(unsigned status) noexcept {
    return status >= 200 && status < 300;
}
bool is_client_error(unsigned status) noexcept {
    return status >= 400 && status < 500;
}

/// An answer, read once for all the rules.
struct Reading {
    const BackChannelAnswer& answer;
    std::optional<boost::json::object> members;
    std::string_view error;  ///< the `error` member if it is a string
};

/// Whoever answers so has not looked at the grant.
bool says_later(unsigned status) noexcept {
    return status == request_timeout || status == too_many_requests;
}

/// While a provider is down or busy, or something stands before it, pages quote anything: a status that is neither
/// success nor client error, or that says to come again, kills only if the rule names it, a page of HTML never.
bool can_speak_of_death(const ErrorRule& rule, const Reading& reading) {
    const bool is_page = !reading.members && (contains_ignoring_case(reading.answer.content_type, "html") ||
                                              contains_ignoring_case(reading.answer.body, "<html"));
    const unsigned status = reading.answer.status;
    const bool has_looked = is_success(status) || (is_client_error(status) && !says_later(status));
    return !is_page && (rule.http_status || has_looked);
}

bool matches(const ErrorRule& rule, const Reading& reading) {
    const bool asks_nothing = !rule.http_status && rule.error.empty() && rule.body_contains.empty();
    if (asks_nothing)
        return false;
    if (rule.meaning == FailureClass::dead_grant && !can_speak_of_death(rule, reading))
        return false;
    return (!rule.http_status || *rule.http_status == reading.answer.status) &&
           (rule.error.empty() || rule.error == reading.error) &&
           (rule.body_contains.empty() || contains_ignoring_case(reading.answer.body, rule.body_contains));
}

/// RFC 6749 5.2, RFC 8628 3.5 and what providers add to them without meaning anything else.
FailureClass meaning_of(std::string_view error) noexcept {
    struct Meaning {
        std::string_view error;
        FailureClass meaning;
    };
    constexpr std::array<Meaning, 7> meanings{{
        {"invalid_grant", FailureClass::dead_grant},
        {"invalid_client", FailureClass::app_misconfigured},
        {"unauthorized_client", FailureClass::app_misconfigured},
        {"redirect_uri_mismatch", FailureClass::app_misconfigured},
        {"slow_down", FailureClass::throttled},
        {"temporarily_unavailable", FailureClass::provider_unavailable},
        {"server_error", FailureClass::provider_unavailable},
    }};
    const auto* const found = std::ranges::find(meanings, error, &Meaning::error);
    return found == meanings.end() ? FailureClass::request_rejected : found->meaning;
}

FailureClass standard_meaning(const Reading& reading) noexcept {
    const unsigned status = reading.answer.status;
    if (status == too_many_requests)
        return FailureClass::throttled;
    if (status == request_timeout || (!is_success(status) && !is_client_error(status)))
        return FailureClass::provider_unavailable;
    if (!reading.members || !tells_error(*reading.members))
        return FailureClass::provider_unavailable;
    return meaning_of(reading.error);
}

FailureClass judge(const Reading& reading, std::span<const ErrorRule> rules) {
    const auto rule =
        std::ranges::find_if(rules, [&](const ErrorRule& candidate) { return matches(candidate, reading); });
    return rule == rules.end() ? standard_meaning(reading) : rule->meaning;
}

std::string words_for_unavailable(const Reading& reading) {
    const std::string answered = "The provider answered " + std::to_string(reading.answer.status);
    if (!is_success(reading.answer.status) && !is_client_error(reading.answer.status))
        return answered;
    if (reading.answer.body.empty())
        return answered + " with an empty body";
    if (!reading.members)
        return answered + " with something that is not an OAuth answer";
    if (tells_error(*reading.members))
        return "The provider says that it is not available";
    return answered + " with neither a token nor an error";
}

std::string words_for(FailureClass failure, const Reading& reading) {
    switch (failure) {
        case FailureClass::dead_grant: return "The provider no longer accepts this grant";
        case FailureClass::app_misconfigured: return std::string(words_for_misconfigured_app);
        case FailureClass::request_rejected: return "The provider refuses this request";
        case FailureClass::throttled: return "The provider says that it has had too many requests";
        case FailureClass::provider_unavailable: return words_for_unavailable(reading);
        case FailureClass::not_sent: return "The provider says that it has not taken the request";
        case FailureClass::answer_unknown: return "The provider does not say what became of the request";
    }
    std::unreachable();
}

/// Digits are a number of seconds, however many; `text` is not empty.
std::optional<std::chrono::seconds> read_seconds(std::string_view text, std::chrono::seconds most) {
    const bool digits_only = std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
    if (!digits_only)
        return std::nullopt;
    std::chrono::seconds::rep value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    return problem == std::errc() ? std::min(std::chrono::seconds(value), most) : most;
}

}  // namespace

ProviderFailure classify(const BackChannelAnswer& answer, std::span<const ErrorRule> rules, sys_seconds now,
                         std::span<const std::string_view> secrets) {
    Reading reading{answer, read_body(answer), {}};
    if (reading.members)
        reading.error = text_member(*reading.members, "error");

    ProviderFailure failure;
    failure.failure = judge(reading, rules);
    failure.code = reading.members ? shown_code(without(error_code(*reading.members), secrets)) : std::string();
    failure.reason = words_for(failure.failure, reading);
    if (!failure.code.empty())
        failure.reason += " (" + failure.code + ")";
    failure.reason += '.';
    failure.detail = logged_detail(without(answer.body, secrets));
    failure.http_status = answer.status;
    failure.retry_after = parse_retry_after(answer.retry_after, now);
    return failure;
}

std::optional<std::chrono::seconds> parse_retry_after(std::string_view value, sys_seconds now) {
    constexpr std::chrono::seconds day = std::chrono::days(1);
    constexpr std::string_view blanks = " \t";
    const std::size_t begin = value.find_first_not_of(blanks);
    if (begin == std::string_view::npos)
        return std::nullopt;
    value = value.substr(begin, value.find_last_not_of(blanks) - begin + 1);
    if (const auto seconds = read_seconds(value, day))
        return seconds;
    const auto date = parse_http_date(value, now);
    if (!date)
        return std::nullopt;
    return std::clamp(*date - now, std::chrono::seconds(0), day);
}

}  // namespace evergrant::oauth
