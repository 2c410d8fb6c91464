#include "health/rejections.h"

#include <utility>

namespace evergrant::health {

namespace {

using std::chrono::seconds;

/// Of one connection: a few at once, for a provider that has just ended all tokens, and one in two minutes on average.
constexpr broker::RateLimit refreshes_by_report{.per_second = 1.0 / 120, .burst = 3};
constexpr std::size_t most_known = 10'000;
constexpr std::chrono::minutes long_ago{10};
constexpr seconds before_asking_again{10};

}  // namespace

async::Task<Result<void>> Rejections::reported(ConnectionKey key, storage::Generation generation) {
    auto work = [this, key, generation] { return treat(key, generation); };
    auto landed = co_await flights_.run(key, std::move(work));
    if (!landed)
        co_return failure(Errc::shutting_down, "The server is shutting down; ask another replica.");
    co_return std::move(*landed);
}

async::Task<Result<void>> Rejections::treat(ConnectionKey key, storage::Generation generation) {
    auto admitted = admit(key, generation);
    if (!admitted)
        co_return admitted;
    co_return co_await parts_.examiner.refused(std::move(key), generation);
}

Result<void> Rejections::admit(const ConnectionKey& key, storage::Generation generation) {
    if (known_.size() >= most_known)
        forget_old();
    Known& known = known_[key];
    if (known.generation == generation) {
        auto again = failure(Errc::provider_error,
                             "This token was reported before and could not be renewed yet; that is tried again.");
        again.error().retry_after = before_asking_again;
        return again;
    }
    const broker::TokenBucket::time_point now(parts_.clock.steady());
    if (const auto wait = known.bucket.take(refreshes_by_report, now)) {
        auto refused = failure(Errc::rate_limited, "Tokens of this connection are reported too often.");
        refused.error().retry_after = wait;
        return refused;
    }
    known.generation = generation;
    return {};
}

void Rejections::forget_old() {
    const broker::TokenBucket::time_point now(parts_.clock.steady());
    std::erase_if(known_, [now](const auto& entry) { return now - entry.second.bucket.last_asked() > long_ago; });
    if (known_.size() >= most_known)
        known_.clear();
}

}  // namespace evergrant::health
