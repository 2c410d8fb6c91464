#include "connectors/crm/salesforce/soql.h"

namespace evergrant::connectors::salesforce {

namespace {

/// As the inside of a string literal. A control character that SOQL has no escape for can be in no field: it is a
/// space.
std::string escaped(std::string_view value) {
    std::string text;
    text.reserve(value.size());
    for (const char c : value) {
        switch (c) {
            case '\\': text += "\\\\"; break;
            case '\'': text += "\\'"; break;
            case '"': text += "\\\""; break;
            case '\n': text += "\\n"; break;
            case '\r': text += "\\r"; break;
            case '\t': text += "\\t"; break;
            case '\b': text += "\\b"; break;
            case '\f': text += "\\f"; break;
            default: text += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
        }
    }
    return text;
}

std::string quoted(std::string_view value) {
    return "'" + escaped(value) + "'";
}

std::string escaped_for_like(std::string_view value) {
    std::string text;
    for (const char c : escaped(value)) {
        if (c == '%' || c == '_')
            text += '\\';
        text += c;
    }
    return text;
}

/// As the inside of a phrase of SOSL: what is reserved there stands behind a backslash.
std::string sosl_escaped(std::string_view value) {
    constexpr std::string_view reserved = R"(?&|!{}[]()^~*:\"'+-)";
    std::string text;
    for (const char c : value) {
        if (reserved.contains(c))
            text += '\\';
        text += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    }
    return text;
}

std::string joined_names(const std::vector<Name>& names) {
    std::string text;
    for (const Name& name : names) {
        if (!text.empty())
            text += ',';
        text += name.text();
    }
    return text;
}

std::string compared(Name field, std::string_view sign, std::string_view literal) {
    std::string text(field.text());
    text += sign;
    text += literal;
    return text;
}

}  // namespace

Condition equals(Name field, std::string_view value) {
    return Condition(compared(field, " = ", quoted(value)));
}

Condition equals(Name field, sys_seconds time) {
    return Condition(compared(field, " = ", to_iso8601(time)));
}

Condition is_true(Name field, bool value) {
    return Condition(compared(field, " = ", value ? "true" : "false"));
}

Condition is_one_of(Name field, const std::vector<std::string>& values) {
    std::string list = "(";
    for (const std::string& value : values) {
        if (list.size() > 1)
            list += ',';
        list += quoted(value);
    }
    return Condition(compared(field, " IN ", list + ")"));
}

Condition contains(Name field, std::string_view part) {
    return Condition(compared(field, " LIKE ", "'%" + escaped_for_like(part) + "%'"));
}

Condition is_above(Name field, std::string_view value) {
    return Condition(compared(field, " > ", quoted(value)));
}

Condition is_below(Name field, std::string_view value) {
    return Condition(compared(field, " < ", quoted(value)));
}

Condition is_below(Name field, sys_seconds time) {
    return Condition(compared(field, " < ", to_iso8601(time)));
}

Condition Condition::joined(const std::vector<Condition>& conditions, std::string_view word) {
    std::string text = "(";
    for (const Condition& condition : conditions) {
        if (text.size() > 1)
            text += word;
        text += condition.text();
    }
    return Condition(text + ")");
}

Condition all_of(const std::vector<Condition>& conditions) {
    return Condition::joined(conditions, " AND ");
}

Condition any_of(const std::vector<Condition>& conditions) {
    return Condition::joined(conditions, " OR ");
}

std::string soql(const Query& query) {
    std::string text = "SELECT " + joined_names(query.fields) + " FROM " + std::string(query.object.text()) +
                       " WHERE " + query.where.text();
    std::string_view before = " ORDER BY ";
    for (const OrderBy& by : query.order_by) {
        text += before;
        text += by.field.text();
        text += by.order == Order::descending ? " DESC" : " ASC";
        before = ", ";
    }
    return text + " LIMIT " + std::to_string(query.limit);
}

std::string sosl_in_phones(const std::vector<std::string>& phrases, const std::vector<Returning>& returning) {
    std::string text = "FIND {";
    std::string_view before;
    for (const std::string& phrase : phrases) {
        text += before;
        text += "\"" + sosl_escaped(phrase) + "\"";
        before = " OR ";
    }
    text += "} IN PHONE FIELDS RETURNING ";
    before = {};
    for (const Returning& one : returning) {
        text += before;
        text += std::string(one.object.text()) + "(" + joined_names(one.fields);
        if (!one.where.empty())
            text += " WHERE " + one.where.front().text();
        text += " LIMIT " + std::to_string(one.limit) + ")";
        before = ", ";
    }
    return text;
}

}  // namespace evergrant::connectors::salesforce
