#include "oauth/token_set.h"

#include <utility>

namespace evergrant::oauth {

TokenSet TokenSet::clone() const {
    TokenSet copy;
    copy.access_token = access_token.clone();
    copy.refresh_token = refresh_token.clone();
    copy.token_type = token_type;
    copy.expires_at = expires_at;
    copy.lifetime = lifetime;
    copy.scopes = scopes;
    copy.metadata = metadata;
    if (replaced)
        copy.replaced = ReplacedToken{replaced->refresh_token.clone(), replaced->at};
    return copy;
}

TokenSet merge_refreshed(const TokenSet& spent, TokenSet answer) {
    if (answer.refresh_token.empty())
        answer.refresh_token = spent.refresh_token.clone();
    if (answer.scopes.empty())
        answer.scopes = spent.scopes;
    for (const auto& [name, value] : spent.metadata)
        answer.metadata.emplace(name, value);  // keeps the answer's member of that name
    return answer;
}

}  // namespace evergrant::oauth
