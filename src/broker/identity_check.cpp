#include "broker/identity_check.h"

#include "oauth/id_token.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace evergrant::broker {

namespace {

constexpr std::string_view by_secret = "HS256";

bool is_signed_by_secret(const GrantPlan& plan) {
    return plan.provider->id_token_signed_response_alg == by_secret;
}

Result<SharedJwtKeys> secret_as_key(const GrantPlan& plan) {
    const SecretString& secret = plan.client.registration.client_secret;
    if (secret.reveal().size() < crypto::JwtKeys::shortest_secret)
        return failure(Errc::provider_misconfigured,
                       "id_tokens by HS256 need a client secret of at least 32 bytes; register for RS256 or ES256.");
    return std::make_shared<const crypto::JwtKeys>(crypto::JwtKeys::shared_secret(secret.clone()));
}

async::Task<Result<SharedJwtKeys>> keys_for(IssuerKeys* keys, const GrantPlan* plan, async::Deadline deadline) {
    if (is_signed_by_secret(*plan))
        co_return secret_as_key(*plan);
    co_return co_await keys->keys(plan->provider->id, plan->endpoints.jwks_url, deadline);
}

}  // namespace

bool wants_id_token(const storage::PendingAuthorization& pending, const GrantPlan& plan) {
    const bool asked = std::ranges::find(pending.scopes, "openid") != pending.scopes.end();
    const bool can_be_checked = !plan.endpoints.jwks_url.empty() || is_signed_by_secret(plan);
    return asked && can_be_checked && !plan.endpoints.issuer.empty();
}

async::Task<Result<oauth::Identity>> who_granted(IssuerKeys* keys, const GrantPlan* plan, IdTokenReceived received,
                                                 sys_seconds now, async::Deadline deadline) {
    oauth::IdTokenExpectations expected;
    expected.issuer = plan->endpoints.issuer;
    expected.client_id = plan->client.registration.client_id;
    expected.nonce = std::move(received.nonce);
    expected.algorithm = plan->provider->id_token_signed_response_alg;
    expected.access_token = received.access_token.reveal();
    expected.now = now;
    auto known = co_await keys_for(keys, plan, deadline);
    if (!known)
        co_return std::unexpected(std::move(known).error());
    auto identity = oauth::check_id_token(received.token.reveal(), **known, expected);
    const bool by_unknown_key = !identity && identity.error() == oauth::IdTokenFlaw::signature;
    if (by_unknown_key && !is_signed_by_secret(*plan)) {
        known = co_await keys->keys_ahead_of_time(plan->provider->id, plan->endpoints.jwks_url, deadline);
        if (!known)
            co_return std::unexpected(std::move(known).error());
        identity = oauth::check_id_token(received.token.reveal(), **known, expected);
    }
    if (!identity)
        co_return failure(Errc::provider_error, std::string(oauth::sentence_of(identity.error())));
    co_return std::move(*identity);
}

async::Task<Result<void>> prepare_identity_check(IssuerKeys* keys, const GrantPlan* plan, async::Deadline deadline) {
    auto known = co_await keys_for(keys, plan, deadline);
    if (!known)
        co_return std::unexpected(std::move(known).error());
    co_return Result<void>();
}

}  // namespace evergrant::broker
