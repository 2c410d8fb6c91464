//
// The redactor: one pass over a text that may quote a request, an answer, a header or a URL. It would rather hide a
// harmless value than show a secret; words, numbers, UUIDs and 32-digit trace ids stay readable.
//
#include "base/log.h"

#include <algorithm>
#include <array>
#include <optional>

namespace evergrant {

namespace {

constexpr std::size_t longest_result = 2000;
constexpr std::string_view mask = "[redacted]";

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}
bool is_lower(char c) noexcept {
    return c >= 'a' && c <= 'z';
}
bool is_upper(char c) noexcept {
    return c >= 'A' && c <= 'Z';
}
bool is_letter_or_digit(char c) noexcept {
    return is_digit(c) || is_lower(c) || is_upper(c);
}
bool is_name_char(char c) noexcept {
    return is_letter_or_digit(c) || c == '_' || c == '-';
}
/// What tokens of RFC 6750 and of every provider known are made of.
bool is_token_char(char c) noexcept {
    return is_name_char(c) || c == '.' || c == '~' || c == '+' || c == '/' || c == '=' || c == '!' || c == '%';
}
bool is_hex(char c) noexcept {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

char lower(char c) noexcept {
    return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
}

template <class Predicate>
std::string_view run_of(std::string_view text, Predicate matches) noexcept {
    const auto* const end = std::ranges::find_if_not(text, matches);
    return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

/// `Client-Secret`, `clientSecret` and `client_secret` are one name.
std::string plain_name(std::string_view name) {
    std::string plain;
    for (const char c : name) {
        if (c != '_' && c != '-')
            plain += lower(c);
    }
    return plain;
}

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

/// Names whose values are secret wherever they stand.
bool is_secret_name(std::string_view name) {
    static constexpr std::array<std::string_view, 7> endings{"token",    "secret",    "password",  "apikey",
                                                             "verifier", "assertion", "privatekey"};
    static constexpr std::array<std::string_view, 15> whole{"clientsecrets",
                                                            "authorization",
                                                            "proxyauthorization",
                                                            "cookie",
                                                            "setcookie",
                                                            "passwd",
                                                            "passphrase",
                                                            "pwd",
                                                            "hmac",
                                                            "signature",
                                                            "devicecode",
                                                            "usercode",
                                                            "authorizationcode",
                                                            "accesskey",
                                                            "encryptionkey"};
    const std::string plain = plain_name(name);
    return contains(whole, plain) ||
           std::ranges::any_of(endings, [&](std::string_view e) { return plain.ends_with(e); });
}

/// Names whose values are secret in a query or form: elsewhere they are everyday words.
bool is_secret_parameter(std::string_view name) {
    static constexpr std::array<std::string_view, 7> parameters{"code", "state", "key",  "ticket",
                                                                "sig",  "jwt",   "nonce"};
    return is_secret_name(name) || contains(parameters, plain_name(name));
}

/// `Leads_NOT_FOUND`-like words are what an API answers in its `code` member; an authorization code is not like that.
bool is_error_word(std::string_view value) noexcept {
    return value.size() <= 40 && std::ranges::all_of(value, [](char c) { return is_upper(c) || c == '_'; });
}

/// What was recognised at the start of a text: how much of it, and how much of that may be shown.
struct Match {
    std::size_t length;
    std::size_t shown;
};

std::size_t end_of_json_string(std::string_view text, std::string_view quote) noexcept {
    std::size_t end = text.find(quote);
    // In plain JSON a backslash escapes the next character; in JSON quoted in JSON the quote is itself escaped.
    while (quote.size() == 1 && end != std::string_view::npos) {
        const std::size_t backslashes = end - text.substr(0, end).find_last_not_of('\\') - 1;
        if (backslashes % 2 == 0)
            break;
        end = text.find(quote, end + 1);
    }
    return std::min(end, text.size());
}

/// `"access_token": "…"`, also with its quotes escaped. `text` starts behind the opening quote of the name.
std::optional<Match> json_member(std::string_view text) {
    const std::string_view name = run_of(text, is_name_char);
    std::size_t at = name.size();
    const std::string_view quote = text.substr(at).starts_with("\\\"") ? "\\\"" : "\"";
    if (name.empty() || !text.substr(at).starts_with(quote))
        return std::nullopt;
    at += quote.size();
    const auto skip_space = [&] { at += run_of(text.substr(at), [](char c) { return c == ' '; }).size(); };
    skip_space();
    if (!text.substr(at).starts_with(':'))
        return std::nullopt;
    ++at;
    skip_space();
    if (!text.substr(at).starts_with(quote))
        return std::nullopt;
    at += quote.size();
    const std::size_t length = end_of_json_string(text.substr(at), quote);
    const std::string_view value = text.substr(at, length);
    const bool secret = is_secret_name(name) || (plain_name(name) == "code" && !is_error_word(value));
    if (!secret || value.empty())
        return std::nullopt;
    return Match{at + length, at};
}

/// `client_secret=…` of a query or form.
std::optional<Match> parameter(std::string_view text) {
    const std::string_view name = run_of(text, is_name_char);
    if (name.empty() || !text.substr(name.size()).starts_with('=') || !is_secret_parameter(name))
        return std::nullopt;
    const std::size_t at = name.size() + 1;
    const std::string_view value = run_of(text.substr(at), [](char c) {
        return c != '&' && c != ' ' && c != '"' && c != '\'' && c != '\\' && c != '#' && c != '\r' && c != '\n' &&
               c != ';' && c != '<' && c != '>';
    });
    if (value.empty())
        return std::nullopt;
    return Match{at + value.size(), at};
}

/// `Authorization: …` and `X-Shopify-Access-Token: …`, to the end of the line.
std::optional<Match> header(std::string_view text) {
    const std::string_view name = run_of(text, is_name_char);
    const std::size_t at = name.size() + 1;
    if (name.empty() || !text.substr(name.size()).starts_with(':') || !is_secret_name(name))
        return std::nullopt;
    const std::string plain = plain_name(name);
    const bool is_header = name.starts_with("X-") || name.starts_with("x-") || plain.ends_with("authorization") ||
                           plain.ends_with("cookie");
    const std::string_view value = run_of(text.substr(at), [](char c) { return c != '\r' && c != '\n'; });
    if (!is_header || value.empty())
        return std::nullopt;
    return Match{at + value.size(), at + (value.starts_with(' ') ? 1U : 0U)};
}

/// `Bearer …` and its kin in running text.
std::optional<Match> scheme_and_value(std::string_view text) {
    static constexpr std::array<std::string_view, 4> schemes{"bearer", "basic", "dpop", "zohooauthtoken"};
    static constexpr std::array<std::string_view, 6> prose{"token",  "tokens",         "auth",
                                                           "scheme", "authentication", "authorization"};
    const std::string_view scheme = run_of(text, is_name_char);
    if (!text.substr(scheme.size()).starts_with(' ') || !contains(schemes, plain_name(scheme)))
        return std::nullopt;
    const std::size_t at = scheme.size() + 1;
    const std::string_view value = run_of(text.substr(at), is_token_char);
    const bool is_challenge = value.ends_with('=') && text.substr(at + value.size()).starts_with('"');
    if (value.empty() || is_challenge || contains(prose, plain_name(value)))
        return std::nullopt;
    return Match{at + value.size(), at};
}

/// `://user:password@`. `text` starts at the colon.
std::optional<Match> url_password(std::string_view text) {
    if (!text.starts_with("://"))
        return std::nullopt;
    const std::string_view authority = run_of(
        text.substr(3), [](char c) { return c != '/' && c != '?' && c != '#' && c != ' ' && c != '"' && c != '\n'; });
    const std::size_t at_sign = authority.rfind('@');
    const std::size_t colon = authority.find(':');
    if (at_sign == std::string_view::npos || colon == std::string_view::npos || colon > at_sign)
        return std::nullopt;
    return Match{3 + at_sign, 3 + colon + 1};
}

/// A value known by its shape: JWTs, keys of this server, and what providers hand out.
bool has_secret_prefix(std::string_view run) noexcept {
    static constexpr std::array<std::string_view, 20> prefixes{
        "eyJ",    "eg_",   "ya29.", "1//0", "gho_",   "ghp_",   "ghr_",   "ghs_",     "ghu_",   "github_pat_",
        "glpat-", "xoxb-", "xoxp-", "xoxe", "shpat_", "shpca_", "shprt_", "sk_live_", "pat-na", "pat-eu"};
    constexpr std::size_t shortest_secret = 16;
    return run.size() >= shortest_secret &&
           std::ranges::any_of(prefixes, [&](std::string_view prefix) { return run.starts_with(prefix); });
}

/// Zoho's `1000.<32 hex digits>.<32 hex digits>`.
bool is_zoho_token(std::string_view run) noexcept {
    constexpr std::size_t shortest = 5 + 32;
    return run.size() >= shortest && run.starts_with("1000.") && std::ranges::all_of(run.substr(5, 32), is_hex);
}

std::size_t character_class(char c) noexcept {
    if (is_digit(c))
        return 0;
    if (is_lower(c))
        return 1;
    return is_upper(c) ? 2 : 3;
}

/// Random base64url changes between capitals, small letters and digits at about two of three characters; names and
/// sentences seldom do. Hex digits, which change less, count from 40 on: a trace id has 32, a UUID has dashes.
bool looks_random(std::string_view run) noexcept {
    constexpr std::size_t shortest_random = 32;
    constexpr std::size_t shortest_hex = 40;
    if (run.size() < shortest_random)
        return false;
    if (std::ranges::all_of(run, is_hex))
        return run.size() >= shortest_hex;
    std::size_t changes = 0;
    std::array<bool, 4> seen{};
    for (std::size_t i = 0; i < run.size(); ++i) {
        seen[character_class(run[i])] = true;
        if (i > 0 && character_class(run[i]) != character_class(run[i - 1]))
            ++changes;
    }
    return seen[0] && seen[1] && seen[2] && changes * 5 >= run.size() * 2;
}

/// A bare secret in running text. `text` starts at the beginning of a word.
std::optional<Match> bare_secret(std::string_view text) {
    const std::string_view run = run_of(text, is_token_char);
    if (has_secret_prefix(run) || is_zoho_token(run))
        return Match{run.size(), 0};
    const std::string_view word = run_of(text, is_name_char);
    if (looks_random(word))
        return Match{run.size(), 0};
    return std::nullopt;
}

std::optional<Match> match_word(std::string_view text, bool after_quote) {
    if (after_quote) {
        if (auto found = json_member(text))
            return found;
    }
    for (const auto recognise : {parameter, header, scheme_and_value, bare_secret}) {
        if (auto found = recognise(text))
            return found;
    }
    return std::nullopt;
}

std::string cut(std::string text) {
    if (text.size() <= longest_result)
        return text;
    std::size_t end = longest_result;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
        --end;  // never in the middle of a UTF-8 sequence
    text.resize(end);
    return text;
}

}  // namespace

std::string redact(std::string_view text) {
    std::string result;
    std::size_t at = 0;
    while (at < text.size() && result.size() <= longest_result) {
        const std::string_view rest = text.substr(at);
        const std::string_view word = run_of(rest, is_name_char);
        const auto found = word.empty() ? url_password(rest) : match_word(rest, at > 0 && text[at - 1] == '"');
        if (found) {
            result += rest.substr(0, found->shown);
            result += mask;
            at += found->length;
        } else {
            const std::size_t plain = std::max<std::size_t>(word.size(), 1);
            result += rest.substr(0, plain);
            at += plain;
        }
    }
    return cut(std::move(result));
}

}  // namespace evergrant
