#pragma once
//
// The keys by which callers' JWTs are checked: a shared secret, or a JWK set that is fetched at start-up, regularly,
// and when a token names a key that is not in it.
//
#include "app/configuration.h"
#include "async/shard.h"
#include "async/single_flight.h"
#include "broker/jwt_source.h"
#include "net/http_client.h"

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace evergrant::app {

/// Whether JWTs are accepted at all.
[[nodiscard]] bool accepts_jwts(const JwtSettings& settings);

struct JwtKeyTimes {
    std::chrono::milliseconds regular{std::chrono::minutes(15)};
    std::chrono::milliseconds between_looks{std::chrono::seconds(30)};  ///< for unknown keys, which anybody can name
    std::chrono::milliseconds time_to_fetch{std::chrono::seconds(5)};
};

/// The set is fetched on `shard`. Lifetime: `settings` and `shard` outlive it; it ends when the shard runs no more.
class CallersJwtKeys final : public broker::JwtSource {
public:
    using MakeClient = std::function<std::unique_ptr<net::HttpClient>(async::Shard&)>;
    CallersJwtKeys(const JwtSettings& settings, async::Shard& shard, MakeClient make_client, JwtKeyTimes times = {});

    /// On the shard, before the first request. Errors: the set cannot be fetched or holds no usable key.
    [[nodiscard]] async::Task<Result<void>> start();

    [[nodiscard]] std::shared_ptr<const crypto::JwtVerifier> current() const override;
    [[nodiscard]] async::Task<bool> look_again() override;

private:
    async::Task<Result<void>> fetch();
    async::Task<bool> fetch_or_keep();
    async::Task<bool> fetch_unless_lately();
    async::Task<void> fetch_regularly();
    void publish(crypto::JwtKeys keys);

    const JwtSettings& settings_;
    async::Shard& shard_;
    MakeClient make_client_;
    JwtKeyTimes times_;
    async::SingleFlight<std::string, bool> flight_;
    std::optional<std::chrono::steady_clock::time_point> last_look_;
    mutable std::mutex mutex_;  // of what follows
    std::shared_ptr<const crypto::JwtVerifier> verifier_;
};

}  // namespace evergrant::app
