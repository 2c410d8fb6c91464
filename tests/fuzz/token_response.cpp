//
// Anything a provider may answer: a line with the status, one with the Content-Type, one with Retry-After, then the
// body.
//
#include "oauth/token_response.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace evergrant;
using namespace evergrant::oauth;
using namespace std::chrono_literals;

constexpr sys_seconds now{1'700'000'000s};
constexpr std::chrono::seconds longest_lifetime = std::chrono::years(10);

void require(bool holds) {
    if (!holds)
        std::abort();
}

std::string take_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    std::string line(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    return line;
}

BackChannelAnswer answer_of(std::string_view text) {
    BackChannelAnswer answer;
    for (const char c : take_line(text).substr(0, 4))
        answer.status = answer.status * 10 + (c >= '0' && c <= '9' ? static_cast<unsigned>(c - '0') : 0U);
    answer.content_type = take_line(text);
    answer.retry_after = take_line(text);
    answer.body = text;
    return answer;
}

TokenResponseContext context() {
    TokenResponseContext context;
    context.now = now;
    context.requested_scopes = {"asked"};
    context.scope_separator = ",";
    context.error_rules = {
        {.http_status = {}, .error = "invalid_code", .body_contains = {}, .meaning = FailureClass::dead_grant},
        {.http_status = 400, .error = {}, .body_contains = "BAD_REFRESH_TOKEN", .meaning = FailureClass::dead_grant},
        {.http_status = {}, .error = "Access Denied", .body_contains = {}, .meaning = FailureClass::throttled},
    };
    return context;
}

void check_metadata(const boost::json::value& value, const TokenSet& tokens) {
    if (const auto* const members = value.if_object()) {
        for (const auto& [name, member] : *members) {
            require(name != "access_token" && name != "refresh_token" && name != "id_token" && name != "client_secret");
            check_metadata(member, tokens);
        }
    } else if (const auto* const elements = value.if_array()) {
        for (const auto& element : *elements)
            check_metadata(element, tokens);
    } else if (const auto* const text = value.if_string()) {
        require(*text != tokens.access_token.reveal());
        require(tokens.refresh_token.empty() || *text != tokens.refresh_token.reveal());
    }
}

void check_tokens(const BackChannelAnswer& answer, const TokenSet& tokens) {
    const auto is_visible = [](char c) { return c >= ' ' && c <= '~'; };
    require(answer.status >= 200 && answer.status < 300);
    require(!tokens.access_token.empty() && std::ranges::all_of(tokens.access_token.reveal(), is_visible));
    require(!tokens.token_type.empty() && std::ranges::all_of(tokens.token_type, is_visible));
    require(tokens.lifetime >= 0s && tokens.lifetime <= longest_lifetime);
    require(tokens.expires_at.has_value() == (tokens.lifetime > 0s));
    require(!tokens.expires_at || *tokens.expires_at == now + tokens.lifetime);
    require(!tokens.scopes.empty());
    for (const std::string& scope : tokens.scopes)
        require(!scope.empty() && scope.find_first_of(" ,") == std::string::npos);
    check_metadata(tokens.metadata, tokens);
    require(boost::json::parse(boost::json::serialize(tokens.metadata)).is_object());
}

void check_merge(TokenSet answered) {
    TokenSet spent;
    spent.access_token = SecretString("spent-access");
    spent.refresh_token = SecretString("spent-refresh");
    const SecretString rotated = answered.refresh_token.clone();
    const TokenSet merged = merge_refreshed(spent, std::move(answered));
    require(!merged.refresh_token.empty());
    require(merged.refresh_token.reveal() == (rotated.empty() ? "spent-refresh" : rotated.reveal()));
}

/// Death must have been said by a readable answer of a provider that was there.
void check_death(const BackChannelAnswer& answer) {
    const auto says = [&](std::string_view word) {
        const auto same = [](char a, char b) { return std::tolower(a) == std::tolower(b); };
        return !std::ranges::search(answer.body, word, same).empty();
    };
    require(answer.status >= 200 && answer.status < 500);
    // An escaped or percent-encoded spelling of the word counts too.
    const bool encoded = says("\\u") || says("%");
    require(encoded || says("invalid_grant") || says("invalid_code") || says("BAD_REFRESH_TOKEN"));
}

void check_failure(const BackChannelAnswer& answer, const ProviderFailure& failure) {
    constexpr std::size_t longest_code = 64;
    constexpr std::size_t longest_detail = 500;
    constexpr std::size_t longest_reason = 200;
    require(failure.http_status == answer.status);
    require(failure.failure != FailureClass::not_sent && failure.failure != FailureClass::answer_unknown);
    require(failure.code.size() <= longest_code && failure.detail.size() <= longest_detail);
    require(failure.reason.ends_with('.') && failure.reason.size() <= longest_reason);
    require(failure.code.find_first_of("<>&\"'\r\n") == std::string::npos);
    require(failure.reason.find_first_of("<>&\"\r\n") == std::string::npos);
    require(!failure.retry_after || (*failure.retry_after >= 0s && *failure.retry_after <= 24h));
    if (failure.failure == FailureClass::dead_grant)
        check_death(answer);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string input(data, data + size);
    const BackChannelAnswer answer = answer_of(input);
    const TokenResponseContext asked = context();

    const auto tokens = read_token_response(answer, asked);
    if (tokens) {
        check_tokens(answer, *tokens);
        check_merge(tokens->clone());
    } else {
        check_failure(answer, tokens.error());
    }
    check_failure(answer, classify(answer, asked.error_rules, now));
    const RevocationOutcome revoked = read_revocation_response(answer);
    require(revoked != RevocationOutcome::revoked || (answer.status >= 200 && answer.status < 300));
    return 0;
}
