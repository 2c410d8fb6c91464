#include "crypto/random.h"

#include "base/secret.h"
#include "crypto/encoding.h"

#include <openssl/rand.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <stdexcept>

namespace evergrant::crypto {

std::array<std::byte, 32> Random::bytes32() {
    std::array<std::byte, 32> bytes;
    fill(bytes);
    return bytes;
}

std::string Random::token() {
    auto bytes = bytes32();
    auto text = to_base64url(bytes);
    wipe(bytes.data(), bytes.size());
    return text;
}

double Random::dice() {
    std::uint64_t bits = 0;
    fill(std::as_writable_bytes(std::span(&bits, 1)));
    // A double holds 53 bits exactly: more would round up to 1.
    return std::ldexp(static_cast<double>(bits >> 11U), -53);
}

void SystemRandom::fill(std::span<std::byte> out) {
    constexpr std::size_t largest = std::numeric_limits<int>::max();
    while (!out.empty()) {
        const auto part = out.first(std::min(out.size(), largest));
        if (RAND_bytes(reinterpret_cast<unsigned char*>(part.data()), static_cast<int>(part.size())) != 1)
            throw std::runtime_error("The system has no randomness.");
        out = out.subspan(part.size());
    }
}

}  // namespace evergrant::crypto
