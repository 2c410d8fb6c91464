#include "app/table.h"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <ostream>

namespace evergrant::app {

namespace {

/// Counts characters, not bytes, of UTF-8.
std::size_t width_of(const std::string& text) {
    return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

void print_table(std::ostream& out, const std::vector<TableRow>& rows) {
    std::vector<std::size_t> widths;
    for (const TableRow& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t column = 0; column < row.size(); ++column)
            widths[column] = std::max(widths[column], width_of(row[column]));
    }
    for (const TableRow& row : rows) {
        std::string line;
        for (std::size_t column = 0; column < row.size(); ++column) {
            line += row[column];
            if (column + 1 < row.size())
                line.append(widths[column] + 2 - width_of(row[column]), ' ');
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out << line << '\n';
    }
}

std::string cell_of(const boost::json::object& object, std::string_view name, std::string_view otherwise) {
    const auto* value = object.if_contains(name);
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

}  // namespace evergrant::app
