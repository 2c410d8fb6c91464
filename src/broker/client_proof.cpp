#include "broker/client_proof.h"

#include "oauth/assertion.h"

#include <utility>

namespace evergrant::broker {

oauth::ClientRegistration ClientProof::shown(const oauth::ClientRegistration& registration, sys_seconds now,
                                             crypto::Random& random) const {
    oauth::ClientRegistration shown = registration.clone();
    if (signer == nullptr)
        return shown;
    oauth::AssertionContent content;
    content.client_id = registration.client_id;
    content.audience = assertion.audience;
    content.id = random.token();
    content.now = now;
    shown.client_assertion = signer->sign(oauth::assertion_claims(content));
    if (!names_client)
        shown.client_id.clear();
    return shown;
}

SecretString ClientProof::grant_assertion(const std::string& client_id, const std::string& scope, sys_seconds now,
                                          crypto::Random& random) const {
    oauth::AssertionContent content;
    content.client_id = client_id;
    content.subject = assertion.subject;
    content.audience = assertion.audience;
    content.id = random.token();
    content.now = now;
    content.scope = scope;
    return signer->sign(oauth::assertion_claims(content));
}

}  // namespace evergrant::broker
