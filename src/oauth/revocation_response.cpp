#include "oauth/answer_body.h"
#include "oauth/provider_text.h"
#include "oauth/token_response.h"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>

namespace evergrant::oauth {

namespace {

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) noexcept {
    return std::ranges::find(words, word) != words.end();
}

/// Whether a body denies what its status claims: Slack's `ok` and `revoked`, Zoho's `status`, anyone's `error`.
bool denies(const boost::json::object& members) {
    for (const std::string_view name : {"ok", "revoked", "success"}) {
        const auto* const value = members.if_contains(name);
        if (value != nullptr && value->is_bool() && !value->get_bool())
            return true;
    }
    const std::string_view status = text_member(members, "status");
    return tells_error(members) || is_one_of(status, {"error", "failure", "failed"});
}

RevocationOutcome outcome_of_error(const boost::json::object& members) {
    const std::string error = error_code(members);
    if (error == "unsupported_token_type")
        return RevocationOutcome::unsupported;
    if (is_one_of(error, {"temporarily_unavailable", "server_error", "slow_down"}))
        return RevocationOutcome::retry_later;
    return RevocationOutcome::refused;
}

bool is_page(const BackChannelAnswer& answer) {
    return contains_ignoring_case(answer.body, "<html") || contains_ignoring_case(answer.body, "<!doctype");
}

}  // namespace

RevocationOutcome read_revocation_response(const BackChannelAnswer& answer) {
    const unsigned status = answer.status;
    const auto members = read_body(answer);
    if (status >= 200 && status < 300) {
        if (members && denies(*members))
            return outcome_of_error(*members);
        // A page with 200 is a proxy's, a portal's or one for maintenance: nothing says that the token is gone.
        return is_page(answer) ? RevocationOutcome::retry_later : RevocationOutcome::revoked;
    }
    if (status == 404 || status == 405 || status == 501)
        return RevocationOutcome::unsupported;
    if (status == 408 || status == 429 || status < 200 || status >= 500)
        return RevocationOutcome::retry_later;
    return members ? outcome_of_error(*members) : RevocationOutcome::refused;
}

}  // namespace evergrant::oauth
