#pragma once
//
// What stands sealed in the refresh token's column: the refresh token, and behind it the one it replaced if that is
// kept. The same for every engine. Pure.
//
#include "base/secret.h"
#include "oauth/token_set.h"

namespace evergrant::storage {

/// The refresh token as it is; or, with the one it replaced: 0x01, the refresh token with its length, the time of the
/// replacement in milliseconds, the replaced token. A refresh token that begins with 0x01 itself is written in the
/// longer form too. Empty without a refresh token.
[[nodiscard]] SecretString to_refresh_token_column(const oauth::TokenSet& tokens);

/// Sets `refresh_token` and `replaced` from an opened column. What is cut short is read as the refresh token it was.
void read_refresh_token_column(SecretString column, oauth::TokenSet& tokens);

}  // namespace evergrant::storage
