#pragma once
//
// JwtSource: where the keys come from that check callers' JWTs. An issuer replaces its keys while the server runs.
//
#include "async/task.h"
#include "crypto/jwt.h"

#include <memory>

namespace evergrant::broker {

/// Thread: any shard.
class JwtSource {
public:
    virtual ~JwtSource() = default;

    /// The keys as they are known now.
    [[nodiscard]] virtual std::shared_ptr<const crypto::JwtVerifier> current() const = 0;

    /// For a token that names a key not among them: asks for the keys again, unless that was done lately. False: they
    /// are the same as before. Ends within seconds.
    [[nodiscard]] virtual async::Task<bool> look_again() = 0;
};

}  // namespace evergrant::broker
