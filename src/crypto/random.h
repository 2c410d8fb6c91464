#pragma once
//
// Randomness as a parameter. `SystemRandom` is OpenSSL's generator; tests pass their own.
//
#include <array>
#include <cstddef>
#include <span>
#include <string>

namespace evergrant::crypto {

/// Thread-safe.
class Random {
public:
    virtual ~Random() = default;
    /// Throws std::runtime_error if the system has no randomness: nothing safe can be done then.
    virtual void fill(std::span<std::byte> out) = 0;

    [[nodiscard]] std::array<std::byte, 32> bytes32();
    /// 256 bits, base64url without padding: 43 characters.
    [[nodiscard]] std::string token();
    /// Uniform in [0, 1); for jitter.
    [[nodiscard]] double dice();
};

class SystemRandom final : public Random {
public:
    void fill(std::span<std::byte> out) override;
};

}  // namespace evergrant::crypto
