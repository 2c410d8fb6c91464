#pragma once
//
// For tests: two master keys, and rings of them.
//
#include "storage/sealer.h"

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace evergrant::storage {

inline constexpr std::string_view first_key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
inline constexpr std::string_view second_key = "f0e0d0c0b0a090807060504030201000ffeeddccbbaa99887766554433221100";

inline KeyRing ring_of(std::initializer_list<std::string_view> keys) {
    std::vector<SecretString> secrets;
    for (const std::string_view key : keys)
        secrets.emplace_back(std::string(key));
    return std::move(KeyRing::parse(secrets).value());
}

inline KeyRing ring_of(const std::vector<std::string>& keys) {
    std::vector<SecretString> secrets;
    for (const std::string& key : keys)
        secrets.emplace_back(key);
    return std::move(KeyRing::parse(secrets).value());
}

}  // namespace evergrant::storage
