#pragma once
//
// SqliteDataKeys: the table of wrapped data keys behind one connection. Remembers whose keys a transaction touched, so
// that the sealer can be told to forget them when it is rolled back.
//
#include "storage/sealer.h"
#include "storage/sqlite/database.h"

#include <set>
#include <string>

namespace evergrant::storage::sqlite {

class SqliteDataKeys final : public DataKeyTable {
public:
    explicit SqliteDataKeys(Database& database) : database_(database) {}

    std::optional<WrappedDataKey> newest(std::string_view tenant) override;
    std::optional<WrappedDataKey> find(std::uint64_t id) override;
    WrappedDataKey insert(std::string_view tenant, std::string_view master_key_id,
                          const std::function<std::string(std::uint64_t id)>& wrap) override;
    void reserve_seals(std::uint64_t id, std::uint64_t total) override;

    /// Destroys every key of the tenant; how many.
    std::size_t remove(std::string_view tenant);

    /// The tenants whose keys were made, reserved from or destroyed since the last call.
    [[nodiscard]] std::set<std::string> take_touched() { return std::exchange(touched_, {}); }

private:
    Database& database_;
    std::set<std::string> touched_;
};

}  // namespace evergrant::storage::sqlite
