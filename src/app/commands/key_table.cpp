#include "app/commands/key_table.h"

#include "app/table.h"

#include <boost/json/serialize.hpp>

#include <ostream>

namespace evergrant::app {

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
        rows.push_back({cell_of(key, "id", "?"), cell_of(key, "name", "?"), cell_of(key, "role", "?"),
                        cell_of(key, "tenants", "all"), cell_of(key, "providers", "all"),
                        cell_of(key, "expiresAt", "never"), cell_of(key, "lastUsedAt", "never"),
                        cell_of(key, "revokedAt", "no")});
    }
    print_table(out, rows);
}

}  // namespace evergrant::app
