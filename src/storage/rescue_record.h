#pragma once
//
// A rescued token set as the text that the rescue journal seals. Pure.
//
#include "base/secret.h"
#include "storage/store.h"

#include <optional>

namespace evergrant::storage {

/// One JSON object. No copy of a secret stays behind in memory.
[[nodiscard]] SecretString write_rescued(const RefreshedGrant& rescued);

/// Nothing unless it is what write_rescued wrote.
[[nodiscard]] std::optional<RefreshedGrant> read_rescued(const SecretString& text);

}  // namespace evergrant::storage
