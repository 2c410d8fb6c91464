#pragma once
//
// Secrets that only one browser holds (states, tickets, cookies, handles of questions) and their hashes, which are all
// that is stored. Pure.
//
#include "base/secret.h"

#include <string>
#include <string_view>

namespace evergrant::broker {

[[nodiscard]] std::string hash_of_secret(std::string_view secret);

/// Whether `secret` is the one of `hash`; false if either is empty. Takes the same time wherever they differ.
[[nodiscard]] bool is_secret_of(std::string_view hash, const SecretString& secret);

/// Whether it can be one that this server has made.
[[nodiscard]] bool looks_like_a_secret(const SecretString& secret) noexcept;

}  // namespace evergrant::broker
