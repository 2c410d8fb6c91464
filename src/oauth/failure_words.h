#pragma once
//
// Words of a failure that others know it by, where a row keeps the sentence and not the class.
//
#include <string_view>

namespace evergrant::oauth {

/// How the reason of every FailureClass::app_misconfigured begins that the provider's own answer was judged to be.
inline constexpr std::string_view words_for_misconfigured_app =
    "The provider refuses our client id, secret or redirect URI";

}  // namespace evergrant::oauth
