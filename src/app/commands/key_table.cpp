#include "app/commands/key_table.h"

#include "app/table.h"

#include <boost/json/serialize.hpp>

#include <ostream>

namespace evergrant::app {

namespace {

std::string cell(const boost::json::object& key, std::string_view name, std::string_view otherwise) {
    const auto* value = key.if_contains(name);
    if (value == nullptr || value->is_null())
        return std::string(otherwise);
    if (value->is_string())
        return std::string(value->get_string());
    if (!value->is_array())
        return boost::json::serialize(*value);
    std::string text;
    for (const auto& item : value->get_array())
        text += (text.empty() ? "" : ",") +
                (item.is_string() ? std::string(item.get_string()) : boost::json::serialize(item));
    return text.empty() ? std::string(otherwise) : text;
}

}  // namespace

void print_keys(std::ostream& out, const boost::json::array& keys, bool as_json) {
    if (as_json) {
        out << boost::json::serialize(keys) << '\n';
        return;
    }
    std::vector<TableRow> rows{{"ID", "NAME", "ROLE", "TENANTS", "PROVIDERS", "EXPIRES", "LAST USED", "REVOKED"}};
    for (const auto& item : keys) {
        if (!item.is_object())
            continue;
        const auto& key = item.get_object();
        rows.push_back({cell(key, "id", "?"), cell(key, "name", "?"), cell(key, "role", "?"),
                        cell(key, "tenants", "all"), cell(key, "providers", "all"), cell(key, "expiresAt", "never"),
                        cell(key, "lastUsedAt", "never"), cell(key, "revokedAt", "no")});
    }
    print_table(out, rows);
}

}  // namespace evergrant::app
