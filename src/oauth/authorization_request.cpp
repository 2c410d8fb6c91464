#include "oauth/authorization_request.h"

#include "oauth/form.h"
#include "oauth/scopes.h"

#include <algorithm>
#include <array>
#include <utility>

namespace evergrant::oauth {

namespace {

/// What the protocol itself says in an authorization, and what must never stand in a URL (RFC 9700 4.2).
bool is_reserved(std::string_view name) noexcept {
    constexpr std::array<std::string_view, 12> reserved{
        "response_type", "client_id",
        "redirect_uri",  "scope",
        "state",         "code_challenge",
        "nonce",         "code",
        "client_secret", "code_challenge_method",
        "code_verifier", "client_assertion",
    };
    return std::ranges::find(reserved, name) != reserved.end();
}

class Query {
public:
    explicit Query(std::string text) : text_(std::move(text)) {}

    void add(std::string_view name, std::string_view value) {
        if (value.empty())
            return;
        if (!text_.empty())
            text_ += '&';
        text_ += url_encode(name) + '=' + url_encode(value);
    }
    [[nodiscard]] const std::string& text() const noexcept { return text_; }

private:
    std::string text_;
};

/// The endpoint's own query, which RFC 6749 3.1 wants kept, without what the request says itself.
std::string kept_query(std::string_view query) {
    std::string kept;
    while (!query.empty()) {
        const std::size_t end = query.find('&');
        const std::string_view pair = query.substr(0, end);
        query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
        const auto parameter = read_form(pair, 1);
        const bool speaks_for_us = !parameter || parameter->empty() || is_reserved(parameter->front().name);
        if (speaks_for_us)
            continue;
        if (!kept.empty())
            kept += '&';
        kept += pair;
    }
    return kept;
}

}  // namespace

std::string authorization_url(const AuthorizationRequest& request) {
    const std::string_view endpoint = std::string_view(request.endpoint).substr(0, request.endpoint.find('#'));
    const std::size_t question = endpoint.find('?');
    const std::string_view own = question == std::string_view::npos ? "" : endpoint.substr(question + 1);

    Query query(kept_query(own));
    query.add("response_type", "code");
    query.add("client_id", request.client_id);
    query.add("redirect_uri", request.redirect_uri);
    query.add("scope", join_scopes(request.scopes, request.scope_separator));
    query.add("state", request.state);
    query.add("code_challenge", request.code_challenge);
    if (!request.code_challenge.empty())
        query.add("code_challenge_method", "S256");
    query.add("nonce", request.nonce);
    for (const auto& [name, value] : request.extra) {
        if (!is_reserved(name))
            query.add(name, value);
    }
    return with_query(endpoint.substr(0, question), query.text());
}

}  // namespace evergrant::oauth
