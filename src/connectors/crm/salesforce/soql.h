#pragma once
//
// SOQL and SOSL, built: names come from constants alone, and every value is escaped where it goes in, so that no text
// of a caller can say anything of the query. Pure.
//
#include "base/clock.h"

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::connectors::salesforce {

/// The name of an object or a field. Made from literals, when the program is compiled.
class Name {
public:
    // NOLINTNEXTLINE(google-explicit-constructor): a literal is a name
    consteval Name(const char* literal) : text_(literal) {
        for (const char c : text_) {
            const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            if (!letter && !(c >= '0' && c <= '9') && c != '_' && c != '.')
                throw "not a name of SOQL";
        }
    }
    [[nodiscard]] constexpr std::string_view text() const noexcept { return text_; }

private:
    std::string_view text_;
};

/// What a row must be. Only the functions below make one.
class Condition {
public:
    [[nodiscard]] const std::string& text() const noexcept { return text_; }

private:
    explicit Condition(std::string text) : text_(std::move(text)) {}
    static Condition joined(const std::vector<Condition>& conditions, std::string_view word);
    friend Condition equals(Name, std::string_view);
    friend Condition equals(Name, sys_seconds);
    friend Condition is_true(Name, bool);
    friend Condition is_one_of(Name, const std::vector<std::string>&);
    friend Condition contains(Name, std::string_view);
    friend Condition is_above(Name, std::string_view);
    friend Condition is_below(Name, std::string_view);
    friend Condition is_below(Name, sys_seconds);
    friend Condition all_of(const std::vector<Condition>&);
    friend Condition any_of(const std::vector<Condition>&);

    std::string text_;
};

[[nodiscard]] Condition equals(Name field, std::string_view value);
[[nodiscard]] Condition equals(Name field, sys_seconds time);
[[nodiscard]] Condition is_true(Name field, bool value);
/// `values` is not empty.
[[nodiscard]] Condition is_one_of(Name field, const std::vector<std::string>& values);
/// The text somewhere in the field, in any case; `%` and `_` are themselves.
[[nodiscard]] Condition contains(Name field, std::string_view part);
[[nodiscard]] Condition is_above(Name field, std::string_view value);
[[nodiscard]] Condition is_below(Name field, std::string_view value);
[[nodiscard]] Condition is_below(Name field, sys_seconds time);
/// `conditions` is not empty.
[[nodiscard]] Condition all_of(const std::vector<Condition>& conditions);
[[nodiscard]] Condition any_of(const std::vector<Condition>& conditions);

enum class Order { ascending, descending };

struct OrderBy {
    Name field;
    Order order;
};

struct Query {
    Name object;
    std::vector<Name> fields;
    Condition where;
    std::vector<OrderBy> order_by;
    std::size_t limit;
};

[[nodiscard]] std::string soql(const Query& query);

/// What a search returns of one object.
struct Returning {
    Name object;
    std::vector<Name> fields;
    std::vector<Condition> where;  ///< none or one
    std::size_t limit;
};

/// Rows in whose telephone fields one of the phrases stands. `phrases` is not empty.
[[nodiscard]] std::string sosl_in_phones(const std::vector<std::string>& phrases,
                                         const std::vector<Returning>& returning);

}  // namespace evergrant::connectors::salesforce
