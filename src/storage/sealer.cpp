#include "storage/sealer.h"

#include "base/log.h"
#include "crypto/encoding.h"
#include "storage/length_prefixed.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace evergrant::storage {
namespace {

constexpr char version = 1;
constexpr unsigned id_size = 8;
constexpr std::size_t header_size = 1 + id_size;

std::string associated_data_of(const SealedPlace& place) {
    std::string data;
    append_field(data, "evergrant sealed value 1");
    append_field(data, place.tenant);
    append_field(data, place.integration);
    append_field(data, place.field);
    append_number(data, place.generation, 8);
    return data;
}

std::string associated_data_of_key(std::uint64_t id, std::string_view tenant) {
    std::string data;
    append_field(data, "evergrant data key 1");
    append_field(data, tenant);
    append_number(data, id, id_size);
    return data;
}

crypto::AeadKey key_of(std::span<const std::byte, 32> bytes) {
    std::array<std::byte, 32> copy;
    std::ranges::copy(bytes, copy.begin());
    crypto::AeadKey key(copy);
    wipe(copy.data(), copy.size());
    return key;
}

crypto::AeadKey fresh_key(crypto::Random& random) {
    auto bytes = random.bytes32();
    auto key = key_of(bytes);
    wipe(bytes.data(), bytes.size());
    return key;
}

using Tag = std::array<char, 16>;

/// The end of a wrapped key is the tag that authenticates all of it: a short name for a text that no two keys share.
Tag tag_of(const WrappedDataKey& stored) noexcept {
    Tag tag{};
    const std::size_t size = std::min(tag.size(), stored.wrapped.size());
    std::copy_n(stored.wrapped.end() - static_cast<std::ptrdiff_t>(size), size, tag.begin());
    return tag;
}

std::unexpected<Error> does_not_open() {
    return failure(Errc::internal_error, "A sealed value does not open.");
}

}  // namespace

/// An unwrapped data key, and how many of the seals that the table granted it are left.
struct Sealer::DataKey {
    DataKey(const WrappedDataKey& stored, crypto::AeadKey unwrapped)
        : tenant(stored.tenant),
          tag(tag_of(stored)),
          key(std::move(unwrapped)),
          used(stored.seals_reserved),
          granted(stored.seals_reserved) {}

    const std::string tenant;
    const Tag tag;  ///< tells this key from another that came to bear its id
    const crypto::AeadKey key;

    std::mutex mutex;       ///< of the two below
    std::uint64_t used;     ///< no fewer than the seals made
    std::uint64_t granted;  ///< as far as the table is known to have been told
};

Sealer::Sealer(KeyRing ring, crypto::Random& random, std::size_t most_keys)
    : ring_(std::move(ring)), random_(random), by_id_(most_keys) {}

std::string Sealer::seal(DataKeyTable& table, const SealedPlace& place, std::string_view plaintext) {
    const auto [id, key] = key_for_sealing(table, place.tenant);
    std::string box(1, version);
    append_number(box, id, id_size);
    box += crypto::aead_seal(key->key, plaintext, associated_data_of(place), random_);
    return box;
}

Result<SecretString> Sealer::open(DataKeyTable& table, const SealedPlace& place, std::string_view box) {
    const auto id = data_key_of(box);
    if (!id)
        return does_not_open();
    const auto key = key_for_opening(table, *id);
    if (key == nullptr || key->tenant != place.tenant)
        return does_not_open();
    auto opened = crypto::aead_open(key->key, box.substr(header_size), associated_data_of(place));
    if (!opened)
        return does_not_open();
    return std::move(*opened);
}

WrappedDataKey Sealer::make_data_key(std::uint64_t id, std::string_view tenant) const {
    const auto fresh = fresh_key(random_);
    return {.id = id,
            .tenant = std::string(tenant),
            .master_key_id = ring_.primary().id,
            .wrapped = wrap(fresh, id, tenant),
            .seals_reserved = 0};
}

std::optional<WrappedDataKey> Sealer::rewrapped(WrappedDataKey stored) const {
    const auto key = unwrap(stored);
    if (!key)
        return std::nullopt;
    stored.master_key_id = ring_.primary().id;
    stored.wrapped = wrap(*key, stored.id, stored.tenant);
    return stored;
}

std::optional<std::uint64_t> Sealer::data_key_of(std::string_view box) noexcept {
    if (box.size() < header_size || box.front() != version)
        return std::nullopt;
    return read_number(box.substr(1, id_size));
}

void Sealer::forget(std::string_view tenant) {
    const std::lock_guard lock(mutex_);
    ++forgotten_;
    by_id_.erase_if([tenant](const auto& key) { return key->tenant == tenant; });
}

// The table is asked each time, and not a memory of the newest key: it alone knows which keys this transaction sees.
// Another replica may have destroyed a tenant's key, another transaction may yet be rolled back.
Sealer::NamedKey Sealer::key_for_sealing(DataKeyTable& table, std::string_view tenant) {
    const auto asked_at = forgotten();
    if (const auto newest = table.newest(tenant)) {
        const auto key = unwrapped(*newest, asked_at);
        if (key == nullptr)
            throw std::runtime_error("A tenant's data key does not open: is its master key missing from the ring?");
        if (take_seal(table, *newest, *key))
            return {.id = newest->id, .key = key};
    }
    return make_key(table, tenant);
}

/// False if the key has sealed as much as it may.
bool Sealer::take_seal(DataKeyTable& table, const WrappedDataKey& stored, DataKey& key) {
    std::uint64_t from = 0;
    {
        const std::lock_guard lock(key.mutex);
        // A grant that the table does not know of was rolled back.
        if (key.used < key.granted && key.granted <= stored.seals_reserved) {
            ++key.used;
            return true;
        }
        from = std::max(key.used, stored.seals_reserved);
    }
    if (from + seals_per_reservation > seals_per_key)
        return false;
    // Without the lock: the table may wait for a transaction that is itself about to seal.
    table.reserve_seals(stored.id, from + seals_per_reservation);
    const std::lock_guard lock(key.mutex);
    key.used = std::max(key.used, from) + 1;
    key.granted = std::max(key.granted, from + seals_per_reservation);
    return true;
}

Sealer::NamedKey Sealer::make_key(DataKeyTable& table, std::string_view tenant) {
    auto fresh = fresh_key(random_);
    const auto stored =
        table.insert(tenant, ring_.primary().id, [&](std::uint64_t id) { return wrap(fresh, id, tenant); });
    const auto key = std::make_shared<DataKey>(stored, std::move(fresh));
    take_seal(table, stored, *key);
    const std::lock_guard lock(mutex_);
    by_id_.put(stored.id, key);
    return {.id = stored.id, .key = key};
}

std::shared_ptr<Sealer::DataKey> Sealer::key_for_opening(DataKeyTable& table, std::uint64_t id) {
    std::uint64_t asked_at = 0;
    {
        const std::lock_guard lock(mutex_);
        if (const auto* known = by_id_.find(id))
            return *known;
        asked_at = forgotten_;
    }
    const auto stored = table.find(id);
    return stored ? unwrapped(*stored, asked_at) : nullptr;
}

std::uint64_t Sealer::forgotten() {
    const std::lock_guard lock(mutex_);
    return forgotten_;
}

/// The stored key, from memory if it is there. Null if it does not open. `asked_at`: what `forgotten` was before the
/// table was asked.
std::shared_ptr<Sealer::DataKey> Sealer::unwrapped(const WrappedDataKey& stored, std::uint64_t asked_at) {
    {
        const std::lock_guard lock(mutex_);
        const auto* known = by_id_.find(stored.id);
        if (known != nullptr && (*known)->tag == tag_of(stored))
            return *known;
    }
    auto opened = unwrap(stored);
    if (!opened)
        return nullptr;
    const auto key = std::make_shared<DataKey>(stored, std::move(*opened));
    const std::lock_guard lock(mutex_);
    // What was to be forgotten meanwhile must not come back.
    if (forgotten_ == asked_at)
        by_id_.put(stored.id, key);
    return key;
}

std::optional<crypto::AeadKey> Sealer::unwrap(const WrappedDataKey& stored) const {
    const auto* master = ring_.find(stored.master_key_id);
    const auto bytes = master == nullptr ? std::nullopt
                                         : crypto::aead_open(master->key, stored.wrapped,
                                                             associated_data_of_key(stored.id, stored.tenant));
    if (!bytes || bytes->reveal().size() != 32) {
        log(LogLevel::error, "data_key_does_not_open",
            {{"data_key", static_cast<std::int64_t>(stored.id)},
             {"master_key", stored.master_key_id},
             {"master_key_in_ring", master != nullptr}});
        return std::nullopt;
    }
    return key_of(crypto::bytes_of(bytes->reveal()).first<32>());
}

std::string Sealer::wrap(const crypto::AeadKey& key, std::uint64_t id, std::string_view tenant) const {
    const auto& value = key.reveal();
    return crypto::aead_seal(ring_.primary().key, {reinterpret_cast<const char*>(value.data()), value.size()},
                             associated_data_of_key(id, tenant), random_);
}

}  // namespace evergrant::storage
