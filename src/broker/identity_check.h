#pragma once
//
// Identity check: asks an id_token who granted access, with the issuer's keys. Which checks there are is oauth/'s to
// know (oauth/id_token.h).
//
#include "async/deadline.h"
#include "async/task.h"
#include "base/clock.h"
#include "base/error.h"
#include "broker/grant_plan.h"
#include "broker/issuer_keys.h"
#include "oauth/identity.h"
#include "storage/records.h"

#include <optional>

namespace evergrant::broker {

/// Whether the answer to `pending` must bring an id_token: openid was asked for, and it is known who would sign it.
[[nodiscard]] bool wants_id_token(const storage::PendingAuthorization& pending, const GrantPlan& plan);

/// What an answer to an authorization brought, as it is to be checked.
struct IdTokenReceived {
    SecretString token;  ///< empty: none
    SecretString access_token;
    std::string nonce;  ///< the one that was sent
};

/// Keys that were changed since they were read are read once more. Errors: provider_error, in one sentence that says
/// which check failed; provider_unreachable, when the keys cannot be had.
[[nodiscard]] async::Task<Result<oauth::Identity>> who_granted(IssuerKeys* keys, const GrantPlan* plan,
                                                               IdTokenReceived received, sys_seconds now,
                                                               async::Deadline deadline);

/// Reads the keys that will be needed, so that what is away fails before a code is spent. Errors: as above.
[[nodiscard]] async::Task<Result<void>> prepare_identity_check(IssuerKeys* keys, const GrantPlan* plan,
                                                               async::Deadline deadline);

}  // namespace evergrant::broker
