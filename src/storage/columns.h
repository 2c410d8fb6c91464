#pragma once
//
// How lists, maps and JSON stand in a text column, several secrets in one box, and a place in a list in a cursor.
// Pure. Errors: StoreException when a column holds what was never written; invalid_request for a cursor.
//
#include "base/error.h"
#include "base/secret.h"
#include "catalog/template.h"
#include "oauth/identity.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::storage {

[[nodiscard]] std::string to_column(const std::vector<std::string>& list);
[[nodiscard]] std::string to_column(const catalog::Parameters& map);
/// Nothing: an empty column.
[[nodiscard]] std::string to_column(const std::optional<oauth::Identity>& identity);
[[nodiscard]] std::optional<oauth::Identity> identity_from(std::string_view column);
[[nodiscard]] std::vector<std::string> list_from(std::string_view column);
[[nodiscard]] catalog::Parameters parameters_from(std::string_view column);
[[nodiscard]] boost::json::array array_from(std::string_view column);
[[nodiscard]] boost::json::object object_from(std::string_view column);

template <class Id>
[[nodiscard]] std::string ids_to_column(const std::vector<Id>& ids) {
    std::vector<std::string> texts;
    for (const Id& id : ids)
        texts.push_back(id.str());
    return to_column(texts);
}

template <class Id>
[[nodiscard]] std::vector<Id> ids_from(std::string_view column) {
    std::vector<Id> ids;
    for (std::string& text : list_from(column))
        ids.emplace_back(std::move(text));
    return ids;
}

/// Each secret behind its length.
[[nodiscard]] SecretString pack(const std::vector<SecretString>& secrets);
[[nodiscard]] std::vector<SecretString> unpack(const SecretString& packed);

/// The cursor after the item named by `parts`, none of which holds a slash.
[[nodiscard]] std::string cursor_after(std::initializer_list<std::string_view> parts);
/// The `count` parts of a cursor; all empty for an empty cursor. Errors: invalid_request.
[[nodiscard]] Result<std::vector<std::string>> parts_of(std::string_view cursor, std::size_t count);

}  // namespace evergrant::storage
