#pragma once
//
// Migrations as they are compiled in: migrations/<engine>/*.sql, in order. See cmake/EmbedMigrations.cmake.
//
#include <span>
#include <string_view>

namespace evergrant::storage {

struct Migration {
    int version;            ///< 1, 2, 3 … without gaps
    std::string_view name;  ///< of the file
    std::string_view sql;   ///< any number of statements; runs inside a transaction
};

namespace sqlite {

[[nodiscard]] std::span<const Migration> migrations() noexcept;

}  // namespace sqlite

namespace postgres {

[[nodiscard]] std::span<const Migration> migrations() noexcept;

}  // namespace postgres

}  // namespace evergrant::storage
