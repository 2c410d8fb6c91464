#pragma once
//
// How signing keys stand in columns, in both engines alike.
//
#include "storage/sealer.h"
#include "storage/signing_keys.h"

#include <string_view>

namespace evergrant::storage {

/// The sealed one last.
inline constexpr std::string_view signing_key_columns =
    "id, algorithm, created_at, signs_from, signs_until, published_until, private_key";

/// All but what is sealed; `row` then stands before that.
template <class Row>
[[nodiscard]] SigningKey read_signing_key(Row& row) {
    SigningKey key;
    key.id = row.text();
    key.algorithm = row.text();
    key.created_at = row.instant();
    key.signs_from = row.instant();
    key.signs_until = row.optional_instant();
    key.published_until = row.optional_instant();
    return key;
}

[[nodiscard]] inline SealedPlace place_of(const SigningKey& key) {
    return {"", key.id, "signing_key", 0};
}

}  // namespace evergrant::storage
