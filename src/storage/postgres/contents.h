#pragma once
//
// Contents: what storage/contents.h asks of the tables. Each item is a transaction of its own; the note comes last.
//
#include "storage/contents.h"
#include "storage/postgres/session.h"

#include <string>
#include <vector>

namespace evergrant::storage::postgres {

/// Made from the sealed text that every store begins with.
[[nodiscard]] Task<Result<std::string>> identity_of(Session* session);
[[nodiscard]] Task<Result<ContentCounts>> count_contents(Session* session);
[[nodiscard]] Task<Result<Page<ContentItem>>> read_contents(Session* session, ContentKind kind, std::string cursor,
                                                            std::size_t limit);
[[nodiscard]] Task<Result<void>> write_contents(Session* session, std::vector<ContentItem> items, std::string note);
[[nodiscard]] Task<Result<std::string>> read_note(Session* session);

}  // namespace evergrant::storage::postgres
