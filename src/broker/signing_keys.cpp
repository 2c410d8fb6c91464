#include "broker/signing_keys.h"

#include "base/log.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <utility>

namespace evergrant::broker {

namespace {

constexpr std::chrono::hours longest_overlap{24 * 90};

bool signs_at(const storage::SigningKey& key, Instant now) {
    return key.signs_from <= now && (!key.signs_until || now < *key.signs_until);
}

bool is_published_at(const storage::SigningKey& key, Instant now) {
    return !key.published_until || now < *key.published_until;
}

std::string_view state_at(const storage::SigningKey& key, Instant now) {
    if (!is_published_at(key, now))
        return "gone";
    if (signs_at(key, now))
        return "signing";
    return now < key.signs_from ? "published" : "retired";
}

std::unexpected<Error> no_signer(const std::string& algorithm, const std::string& key_id) {
    if (!key_id.empty())
        return failure(Errc::missing_app_credentials,
                       "No signing key \"" + key_id + "\" signs now: see `evergrant signing-keys list`.");
    return failure(Errc::missing_app_credentials,
                   "No key signs with " + algorithm + ": make one with `evergrant signing-keys create " + algorithm +
                       "`, and give the provider the address of /.well-known/jwks.json.");
}

}  // namespace

async::Task<Result<std::shared_ptr<const crypto::JwtSigner>>> SigningKeys::signer(std::string algorithm,
                                                                                  std::string key_id) {
    const auto keys = co_await ring();
    if (!keys)
        co_return std::unexpected(keys.error());
    const Instant now = parts_.clock.now();
    for (const Key& key : (*keys)->keys) {
        const bool is_asked_for = key_id.empty() ? key.stored.algorithm == algorithm : key.stored.id == key_id;
        if (is_asked_for && signs_at(key.stored, now))
            co_return key.signer;
    }
    // The one that signed was taken out before the next was to take over.
    for (const Key& key : (*keys)->keys)
        if (key_id.empty() && key.stored.algorithm == algorithm && now < key.stored.signs_from)
            co_return key.signer;
    co_return no_signer(algorithm, key_id);
}

async::Task<Result<std::string>> SigningKeys::published() {
    const auto keys = co_await ring();
    if (!keys)
        co_return std::unexpected(keys.error());
    const Instant now = parts_.clock.now();
    boost::json::array list;
    for (const Key& key : (*keys)->keys)
        if (is_published_at(key.stored, now))
            list.push_back(key.signer->public_jwk());
    boost::json::object set;
    set["keys"] = std::move(list);
    co_return boost::json::serialize(set);
}

SigningKeys::SharedRing SigningKeys::known() const {
    const std::lock_guard lock(mutex_);
    return known_;
}

bool SigningKeys::is_fresh(const SharedRing& ring) const {
    return ring && ring->revision == parts_.revision.current() && parts_.clock.steady() - ring->asked_at < good_for;
}

/// What is known goes on signing while the store is away.
async::Task<Result<SigningKeys::SharedRing>> SigningKeys::ring() {
    SharedRing standing = known();
    if (is_fresh(standing))
        co_return standing;
    auto fresh = std::make_shared<Ring>();
    fresh->revision = parts_.revision.current();
    fresh->asked_at = parts_.clock.steady();
    auto stored = co_await parts_.store.list_signing_keys();
    if (!stored) {
        if (standing)
            co_return standing;
        co_return std::unexpected(std::move(stored).error());
    }
    for (storage::SigningKey& key : *stored) {
        auto signer = crypto::JwtSigner::from_private_key(key.private_key, key.algorithm);
        if (!signer) {
            log(LogLevel::error, "signing_key_unusable", {{"key", key.id}, {"error", signer.error().message}});
            continue;
        }
        key.private_key = SecretString();
        Key one;
        one.stored = std::move(key);
        one.signer = std::make_shared<const crypto::JwtSigner>(std::move(*signer));
        fresh->keys.push_back(std::move(one));
    }
    standing = std::move(fresh);
    const std::lock_guard lock(mutex_);
    known_ = standing;
    co_return standing;
}

SigningKeyReport SigningKeys::report(const storage::SigningKey& key) const {
    return {key.id,          key.algorithm,      state_at(key, parts_.clock.now()), key.created_at, key.signs_from,
            key.signs_until, key.published_until};
}

async::Task<Result<std::vector<SigningKeyReport>>> SigningKeys::list() {
    const auto stored = co_await parts_.store.list_signing_keys();
    if (!stored)
        co_return std::unexpected(stored.error());
    std::vector<SigningKeyReport> reports;
    for (const storage::SigningKey& key : *stored)
        reports.push_back(report(key));
    co_return reports;
}

async::Task<Result<crypto::JwtSigner>> SigningKeys::generate(std::string algorithm) {
    std::function<Result<crypto::JwtSigner>()> work = [algorithm] { return crypto::JwtSigner::generate(algorithm); };
    co_return co_await parts_.pool.run(std::move(work));
}

async::Task<Result<SigningKeyReport>> SigningKeys::create(std::string algorithm) {
    auto made = co_await generate(algorithm);
    co_return co_await add(std::move(made), parts_.clock.now(), std::nullopt);
}

async::Task<Result<SigningKeyReport>> SigningKeys::import(SecretString private_key, std::string algorithm) {
    auto made = crypto::JwtSigner::from_private_key(private_key, algorithm);
    co_return co_await add(std::move(made), parts_.clock.now(), std::nullopt);
}

async::Task<Result<SigningKeyReport>> SigningKeys::rotate(std::string algorithm, std::chrono::seconds overlap,
                                                          std::string replaced_id) {
    if (overlap < std::chrono::seconds(0) || overlap > longest_overlap)
        co_return invalid_field("overlapSeconds", "The overlap must be from 0 seconds to 90 days.");
    const auto stored = co_await parts_.store.list_signing_keys();
    if (!stored)
        co_return std::unexpected(stored.error());
    const Instant now = parts_.clock.now();
    const auto may_be_replaced = [&](const storage::SigningKey& key) {
        return key.algorithm == algorithm && signs_at(key, now) && !key.signs_until &&
               (replaced_id.empty() || key.id == replaced_id);
    };
    const auto replaced = std::ranges::find_if(*stored, may_be_replaced);
    auto made = co_await generate(algorithm);
    if (!made)
        co_return std::unexpected(std::move(made).error());
    if (replaced == stored->end())
        co_return invalid_field("algorithm", "No key signs with " + algorithm +
                                                 " that is not being replaced already: see `evergrant signing-keys "
                                                 "list`.");
    if (std::ranges::count_if(*stored, may_be_replaced) > 1)
        co_return invalid_field("keyId", "Several keys sign with " + algorithm + ": name the one to replace.");
    const Instant takes_over = now + overlap;
    const storage::SigningHandover handover{replaced->id, takes_over, takes_over + overlap};
    co_return co_await add(std::move(made), takes_over, handover);
}

async::Task<Result<SigningKeyReport>> SigningKeys::add(Result<crypto::JwtSigner> made, Instant signs_from,
                                                       std::optional<storage::SigningHandover> handover) {
    if (!made)
        co_return std::unexpected(std::move(made).error());
    const auto stored = co_await parts_.store.list_signing_keys();
    if (!stored)
        co_return std::unexpected(stored.error());
    if (stored->size() >= most_keys)
        co_return failure(Errc::conflict, "There are 50 signing keys already; remove those that nobody needs.");
    storage::SigningKey key;
    key.id = made->key_id();
    key.algorithm = made->algorithm();
    key.private_key = made->private_key();
    key.created_at = parts_.clock.now();
    key.signs_from = signs_from;
    const SigningKeyReport added = report(key);
    const auto saved = co_await parts_.store.add_signing_key(std::move(key), handover);
    if (!saved)
        co_return std::unexpected(saved.error());
    parts_.tell_change();
    log(LogLevel::info, "signing_key_added", {{"key", added.id}, {"algorithm", added.algorithm}});
    co_return added;
}

async::Task<Result<void>> SigningKeys::remove(std::string id) {
    const auto removed = co_await parts_.store.remove_signing_key(id);
    if (!removed)
        co_return std::unexpected(removed.error());
    if (!*removed)
        co_return failure(Errc::not_found, "There is no signing key \"" + id + "\".");
    parts_.tell_change();
    log(LogLevel::info, "signing_key_removed", {{"key", id}});
    co_return Result<void>();
}

}  // namespace evergrant::broker
