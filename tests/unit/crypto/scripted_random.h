#pragma once
//
// For tests: randomness that says what it was told to say, over and over.
//
#include "crypto/random.h"

#include <string>
#include <utility>

namespace evergrant::testing {

class ScriptedRandom final : public crypto::Random {
public:
    explicit ScriptedRandom(std::string bytes) : bytes_(std::move(bytes)) {}

    void fill(std::span<std::byte> out) override {
        for (auto& byte : out)
            byte = static_cast<std::byte>(bytes_[next_++ % bytes_.size()]);
    }

private:
    std::string bytes_;
    std::size_t next_{0};
};

}  // namespace evergrant::testing
