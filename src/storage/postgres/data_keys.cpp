#include "storage/postgres/data_keys.h"

#include "storage/postgres/row_reader.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace evergrant::storage::postgres {

namespace {

constexpr std::uint64_t largest_id = std::numeric_limits<std::int64_t>::max();

WrappedDataKey read_key(const Rows& rows, std::size_t row) {
    RowReader reader(rows, row);
    WrappedDataKey key;
    key.id = reader.number<std::uint64_t>();
    key.tenant = reader.text();
    key.master_key_id = reader.text();
    key.wrapped = reader.bytes().value_or("");
    key.seals_reserved = reader.number<std::uint64_t>();
    return key;
}

Statement reserve_block(std::string_view tenant, std::uint64_t used_up) {
    return Statement(
        "UPDATE data_keys SET seals_reserved = seals_reserved + $2::bigint"
        " WHERE id = (SELECT id FROM data_keys WHERE tenant_id = $1 ORDER BY id DESC LIMIT 1)"
        " AND id > $4::bigint AND seals_reserved + $2::bigint <= $3::bigint"
        " RETURNING id, tenant_id, master_key_id, wrapped, seals_reserved",
        tenant, Sealer::seals_per_reservation, Sealer::seals_per_key, used_up);
}

Batch batch_of(Batch::Use use, Statement statement) {
    Batch batch;
    batch.use = use;
    batch.statements.push_back(std::move(statement));
    return batch;
}

}  // namespace

std::optional<WrappedDataKey> DataKeys::newest(std::string_view tenant) {
    const std::lock_guard lock(mutex_);
    const std::uint64_t* id = newest_.find(std::string(tenant));
    const Entry* entry = id == nullptr ? nullptr : by_id_.find(*id);
    if (entry == nullptr)
        throw KeyMissing{};
    return entry->key;
}

std::optional<WrappedDataKey> DataKeys::find(std::uint64_t id) {
    const std::lock_guard lock(mutex_);
    const Entry* entry = by_id_.find(id);
    return entry == nullptr ? std::nullopt : std::optional(entry->key);
}

/// The sealer makes a key itself when the newest is used up; here that needs an id of the database.
WrappedDataKey DataKeys::insert(std::string_view tenant, std::string_view,
                                const std::function<std::string(std::uint64_t id)>&) {
    const std::lock_guard lock(mutex_);
    const std::uint64_t* newest = newest_.find(std::string(tenant));
    throw KeyMissing{.used_up = newest == nullptr ? 0 : *newest};
}

void DataKeys::reserve_seals(std::uint64_t id, std::uint64_t total) {
    const std::lock_guard lock(mutex_);
    Entry* entry = by_id_.find(id);
    if (entry == nullptr || entry->blocks == 0)
        throw KeyMissing{};
    --entry->blocks;
    entry->key.seals_reserved = std::max(entry->key.seals_reserved, total);
}

void DataKeys::remember(WrappedDataKey key) {
    const std::lock_guard lock(mutex_);
    entry_for(std::move(key));
}

void DataKeys::remember_with_block(WrappedDataKey key) {
    const std::lock_guard lock(mutex_);
    key.seals_reserved -= Sealer::seals_per_reservation;  // the sealer counts the block when it takes it
    ++entry_for(std::move(key)).blocks;
}

DataKeys::Entry& DataKeys::entry_for(WrappedDataKey key) {
    const std::uint64_t* newest = newest_.find(key.tenant);
    newest_.put(key.tenant, newest == nullptr ? key.id : std::max(*newest, key.id));
    const std::uint64_t id = key.id;
    Entry* known = by_id_.find(id);
    if (known == nullptr)
        return by_id_.put(id, Entry{std::move(key), 0});
    known->key.seals_reserved = std::max(known->key.seals_reserved, key.seals_reserved);
    return *known;
}

void DataKeys::forget(std::string_view tenant) {
    const std::lock_guard lock(mutex_);
    newest_.erase(std::string(tenant));
    by_id_.erase_if([tenant](const Entry& entry) { return entry.key.tenant == tenant; });
}

async::Task<Result<void>> grant_seals(Pool* pool, DataKeys* keys, Sealer* sealer, std::string tenant,
                                      std::uint64_t used_up) {
    Batch reserving = batch_of(Batch::Use::write, reserve_block(tenant, used_up));
    const auto reserved = co_await pool->run(std::move(reserving));
    if (!reserved)
        co_return std::unexpected(reserved.error());
    if (!reserved->front().empty()) {
        keys->remember_with_block(read_key(reserved->front(), 0));
        co_return Result<void>();
    }
    // Two replicas may each make a first key: both stand, and the newer is the one that is used.
    auto made = co_await make_key(pool, sealer, std::move(tenant));
    if (!made)
        co_return std::unexpected(std::move(made).error());
    Batch inserting = batch_of(Batch::Use::write, insert_key(*made));
    const auto inserted = co_await pool->run(std::move(inserting));
    if (!inserted)
        co_return std::unexpected(inserted.error());
    keys->remember_with_block(std::move(*made));
    co_return Result<void>();
}

async::Task<Result<void>> learn_keys(Pool* pool, DataKeys* keys, std::vector<std::uint64_t> ids) {
    // A damaged box may name any number.
    std::erase_if(ids, [keys](std::uint64_t id) { return id > largest_id || keys->find(id).has_value(); });
    if (ids.empty())
        co_return Result<void>();
    std::string list = "{";
    for (const std::uint64_t id : ids)
        list.append(list.size() > 1 ? "," : "").append(std::to_string(id));
    list += "}";
    Batch batch = batch_of(Batch::Use::read,
                           Statement("SELECT id, tenant_id, master_key_id, wrapped, seals_reserved FROM data_keys"
                                     " WHERE id = ANY ($1::bigint[])",
                                     list));
    const auto answers = co_await pool->run(std::move(batch));
    if (!answers)
        co_return std::unexpected(answers.error());
    for (std::size_t row = 0; row < answers->front().size(); ++row)
        keys->remember(read_key(answers->front(), row));
    co_return Result<void>();
}

async::Task<Result<WrappedDataKey>> make_key(Pool* pool, Sealer* sealer, std::string tenant) {
    Batch batch = batch_of(Batch::Use::write, Statement("SELECT nextval('data_key_ids')"));
    const auto answers = co_await pool->run(std::move(batch));
    if (!answers)
        co_return std::unexpected(answers.error());
    const auto id = static_cast<std::uint64_t>(answers->front().integer(0, 0));
    WrappedDataKey key = sealer->make_data_key(id, tenant);
    key.seals_reserved = Sealer::seals_per_reservation;
    co_return key;
}

Statement insert_key(const WrappedDataKey& key) {
    return Statement(
        "INSERT INTO data_keys (id, tenant_id, master_key_id, wrapped, seals_reserved)"
        " VALUES ($1::bigint, $2, $3, $4::bytea, $5::bigint)",
        key.id, key.tenant, key.master_key_id, Bytes{key.wrapped}, key.seals_reserved);
}

Statement lock_key(std::optional<std::uint64_t> id) {
    return Statement("SELECT id FROM data_keys WHERE id = $1::bigint FOR KEY SHARE", id);
}

}  // namespace evergrant::storage::postgres
