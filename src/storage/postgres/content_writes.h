#pragma once
//
// Content writes: how an item of storage/contents.h is put into the tables as it is.
//
#include "storage/contents.h"
#include "storage/postgres/session.h"

namespace evergrant::storage::postgres {

/// In place of what stands under its key. What failed may be written again.
[[nodiscard]] Task<Result<void>> write_item(Session* session, ContentItem item);

}  // namespace evergrant::storage::postgres
