#pragma once
//
// Answers of a token endpoint as no specification has them: a grammar of statuses, headers and bodies, driven by a
// seed. None of them says, by a rule, that a grant is dead: the codes that would are written only where they do not
// count.
//
#include "oauth/token_response.h"

#include <array>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <string_view>

namespace evergrant::oauth {

class AnswerGrammar {
public:
    /// `secrets` are quoted here and there, as providers do with what they were sent.
    AnswerGrammar(std::uint64_t seed, std::span<const std::string_view> secrets) : engine_(seed), secrets_(secrets) {}

    BackChannelAnswer next() {
        BackChannelAnswer answer;
        answer.status = status();
        deadly_codes_count_ =
            (answer.status >= 200 && answer.status < 300) ||
            (answer.status >= 400 && answer.status < 500 && answer.status != 429 && answer.status != 408);
        answer.content_type = one_of(types);
        answer.retry_after = retry_after();
        answer.body = spoilt(body());
        return answer;
    }

    std::size_t below(std::size_t limit) { return engine_() % limit; }

private:
    static constexpr std::array statuses{200U, 200U, 200U, 201U, 204U, 206U, 302U, 304U, 307U, 400U, 400U,
                                         400U, 401U, 403U, 404U, 405U, 408U, 409U, 410U, 418U, 422U, 425U,
                                         429U, 451U, 500U, 501U, 502U, 503U, 504U, 520U, 529U, 599U};
    static constexpr std::array<std::string_view, 8> types{"application/json",
                                                           "application/json; charset=utf-16",
                                                           "text/html; charset=utf-8",
                                                           "text/plain",
                                                           "application/x-www-form-urlencoded",
                                                           "application/problem+json",
                                                           "",
                                                           "\xff/\xfe"};
    static constexpr std::array<std::string_view, 9> waits{
        "", "0", "-1", "120", "1e9", "soon", "99999999999999999999", "Wed, 21 Oct 2015 07:28:00 GMT", "Thu, 99 Foo"};
    static constexpr std::array<std::string_view, 12> names{
        "error",        "error_description", "error_uri",  "message", "status",     "code",
        "access_token", "refresh_token",     "expires_in", "scope",   "token_type", "data"};
    static constexpr std::array<std::string_view, 16> harmless{
        "invalid_client", "server_error",   "slow_down",     "invalid_request",    "INVALID_GRANT",
        "invalid_grant ", " invalid_grant", "invalid-grant", "invalid_grant_type", "grant_invalid",
        "Access Denied",  "general_error",  "quux",          "unauthorized",       "expired",
        "rate exceeded"};
    static constexpr std::array<std::string_view, 2> deadly{"invalid_grant", "invalid_code"};
    static constexpr std::array<std::string_view, 10> literals{"null", "true", "0",    "-1",       "1e18",
                                                               "3600", "NaN",  "\"\"", "\"3600\"", "[]"};

    template <class List>
    typename List::value_type one_of(const List& list) {
        return list[below(list.size())];
    }
    bool rarely() { return below(8) == 0; }

    unsigned status() { return rarely() ? static_cast<unsigned>(below(1000)) : one_of(statuses); }
    std::string retry_after() { return rarely() ? noise() : std::string(one_of(waits)); }

    std::string noise() {
        std::string bytes(below(40), '\0');
        for (char& byte : bytes)
            byte = static_cast<char>(below(256));
        return bytes;
    }

    /// Text in which nothing is said by a rule, and anything may be quoted.
    std::string words() {
        std::string text;
        for (std::size_t left = 1 + below(4); left > 0; --left) {
            text += rarely() && !secrets_.empty() ? secrets_[below(secrets_.size())]
                    : rarely()                    ? one_of(deadly)
                                                  : one_of(harmless);
            text += ' ';
        }
        return text;
    }

    std::string error() {
        const bool may_say_it = !deadly_codes_count_ && below(2) == 0;
        return std::string(may_say_it ? one_of(deadly) : one_of(harmless));
    }

    std::string value(unsigned depth) {
        switch (below(depth > 3 ? 3 : 5)) {
            case 0: return std::string(one_of(literals));
            case 1: return '"' + words() + '"';
            case 2: return std::to_string(engine_());
            case 3: return '[' + value(depth + 1) + ',' + value(depth + 1) + ']';
            default: return object(depth + 1);
        }
    }

    std::string object(unsigned depth) {
        std::string members;
        if (depth == 0 && below(3) == 0)
            members += ",\"error\":\"" + error() + '"';
        if (depth == 0 && below(3) == 0)
            members += ",\"access_token\":\"access-" + std::to_string(engine_()) + '"';
        for (std::size_t left = below(5); left > 0; --left) {
            const std::string name(one_of(names));
            // Within other members a code says nothing.
            const bool quotes_a_code = depth > 0 && name == "error" && rarely();
            members += ",\"" + name + "\":" + (quotes_a_code ? "\"invalid_grant\"" : value(depth));
        }
        return '{' + members.substr(members.empty() ? 0 : 1) + '}';
    }

    std::string form() {
        std::string text;
        for (std::size_t left = below(6); left > 0; --left) {
            const std::string name(one_of(names));
            text += name + '=' + (name == "error" ? error() : std::to_string(engine_())) + '&';
        }
        return text;
    }

    std::string body() {
        switch (below(8)) {
            case 0: return "";
            case 1: return "<!doctype html><html><body>" + words() + object(0) + "</body></html>";
            case 2: return words();
            case 3: return form();
            case 4: return noise();
            case 5: return std::string(below(200), '[') + object(0);
            default: return object(0);
        }
    }

    /// Cut, doubled, with foreign bytes in it, or left as it is.
    std::string spoilt(std::string text) {
        switch (below(10)) {
            case 0: return text.substr(0, below(text.size() + 1));
            case 1: return text + text;
            case 2: return "\xef\xbb\xbf" + text;
            case 3: return text.insert(below(text.size() + 1), noise());
            default: return text;
        }
    }

    std::mt19937_64 engine_;
    std::span<const std::string_view> secrets_;
    bool deadly_codes_count_{true};
};

}  // namespace evergrant::oauth
