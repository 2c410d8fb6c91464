#include "connectors/held_turn.h"

#include "async/sleep.h"
#include "base/log.h"
#include "crypto/encoding.h"
#include "crypto/hash.h"

#include <chrono>
#include <utility>

namespace evergrant::connectors {

namespace {

/// A turn is another's after this; who has it is done before.
constexpr std::chrono::seconds turn_life{60};
constexpr async::Backoff turn_pauses{std::chrono::milliseconds(50), std::chrono::milliseconds(500)};
constexpr std::chrono::milliseconds least_left{500};

std::unexpected<Error> others_have_it() {
    Error error{.code = Errc::overloaded,
                .message = "Others are writing the same; try again shortly.",
                .retry_after = std::chrono::seconds(1)};
    return std::unexpected(std::move(error));
}

async::Task<void> end_turn(storage::TurnStore* store, std::string name, std::string owner, std::string record_id) {
    const auto ended = co_await store->end_turn(std::move(name), std::move(owner), std::move(record_id));
    if (!ended)
        log(LogLevel::warning, "turn_not_ended", {{"error", ended.error().message}});
}

async::Task<void> rest_turn(storage::TurnStore* store, std::string name, std::string owner) {
    storage::TurnRequest request{.name = std::move(name), .owner = std::move(owner), .duration = storage::turn_memory};
    const auto rests = co_await store->take_turn(std::move(request));
    if (!rests)
        log(LogLevel::warning, "turn_not_rested", {{"error", rests.error().message}});
}

async::Task<void> settled(storage::TurnStore* store, std::string name, std::string owner, std::string record_id,
                          bool unknown) {
    return unknown ? rest_turn(store, std::move(name), std::move(owner))
                   : end_turn(store, std::move(name), std::move(owner), std::move(record_id));
}

}  // namespace

HeldTurn::HeldTurn(async::Shard& shard, storage::TurnStore& store, crypto::Random& random)
    : shard_(&shard), store_(&store), random_(&random), owner_(random.token()) {}

HeldTurn::HeldTurn(HeldTurn&& other) noexcept
    : shard_(other.shard_),
      store_(other.store_),
      random_(other.random_),
      owner_(std::move(other.owner_)),
      name_(std::move(other.name_)),
      known_(std::move(other.known_)),
      held_(std::exchange(other.held_, false)),
      unknown_(other.unknown_) {}

HeldTurn::~HeldTurn() {
    if (!held_)
        return;
    auto work = [store = store_, name = name_, owner = owner_, unknown = unknown_] {
        return settled(store, name, owner, {}, unknown);
    };
    shard_->spawn("turn", std::move(work));
}

std::string HeldTurn::name_of(std::initializer_list<std::string_view> parts) {
    std::string text;
    for (const std::string_view part : parts) {
        if (!text.empty())
            text += '\n';
        text += part;
    }
    return crypto::to_base64url(crypto::sha256(text));
}

async::Task<Result<void>> HeldTurn::take(std::string name, async::Deadline deadline) {
    for (unsigned attempt = 0;; ++attempt) {
        storage::TurnRequest request{.name = name, .owner = owner_, .duration = turn_life};
        auto turn = co_await store_->take_turn(std::move(request));
        if (!turn)
            co_return std::unexpected(std::move(turn).error());
        if (turn->taken) {
            name_ = std::move(name);
            known_ = std::move(turn->record_id);
            held_ = true;
            co_return Result<void>();
        }
        const auto pause = turn_pauses.pause(attempt, random_->dice());
        if (deadline.left() < pause + least_left)
            co_return others_have_it();
        co_await async::sleep_for(pause);
    }
}

async::Task<void> HeldTurn::settle(std::string record_id) {
    held_ = false;
    return settled(store_, name_, owner_, std::move(record_id), unknown_);
}

}  // namespace evergrant::connectors
