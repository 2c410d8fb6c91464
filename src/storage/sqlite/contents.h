#pragma once
//
// Contents: what storage/contents.h asks of the tables. What writes runs in the writer's transaction.
//
#include "storage/contents.h"
#include "storage/sqlite/session.h"

#include <string>
#include <string_view>
#include <vector>

namespace evergrant::storage::sqlite {

/// Made from the sealed text that every store begins with.
[[nodiscard]] std::string identity_of(Session& session);
[[nodiscard]] ContentCounts count_contents(Session& session);
[[nodiscard]] Result<Page<ContentItem>> read_contents(Session& session, ContentKind kind, std::string_view cursor,
                                                      std::size_t limit);
[[nodiscard]] Result<void> write_contents(Session& session, const std::vector<ContentItem>& items,
                                          std::string_view note);
[[nodiscard]] std::string read_note(Session& session);

}  // namespace evergrant::storage::sqlite
