#include "storage/postgres/statement.h"

#include <libpq-fe.h>

#include <charconv>
#include <limits>
#include <stdexcept>

namespace evergrant::storage::postgres {

namespace {

template <class Number>
Number number_from(std::string_view text, const char* what) {
    Number number{};
    const char* const end = text.data() + text.size();
    const auto [stopped, failed] = std::from_chars(text.data(), end, number);
    if (failed != std::errc() || stopped != end)
        throw std::runtime_error(std::string("a column of PostgreSQL is not ") + what);
    return number;
}

}  // namespace

void Statement::add(std::nullopt_t) {
    values_.push_back({});
}

void Statement::add(std::string_view text) {
    values_.push_back({.bytes = std::string(text)});
}

void Statement::add(Bytes bytes) {
    values_.push_back({.bytes = std::string(bytes.bytes), .binary = true});
}

void Statement::add(bool value) {
    values_.push_back({.bytes = value ? "t" : "f"});
}

void Statement::add(std::int64_t value) {
    values_.push_back({.bytes = std::to_string(value)});
}

void Statement::add(std::uint64_t value) {
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        throw std::out_of_range("a number that PostgreSQL's bigint cannot hold");
    add(static_cast<std::int64_t>(value));
}

void Statement::add(Instant value) {
    add(std::int64_t{value.time_since_epoch().count()});
}

void Statement::add(sys_seconds value) {
    add(std::int64_t{value.time_since_epoch().count()});
}

Rows::Rows(pg_result* owned) : result_(owned) {}

void Rows::Clear::operator()(pg_result* result) const noexcept {
    ::PQclear(result);
}

std::size_t Rows::size() const noexcept {
    return result_ ? static_cast<std::size_t>(::PQntuples(result_.get())) : 0;
}

std::uint64_t Rows::affected() const noexcept {
    if (!result_)
        return 0;
    const std::string_view count = ::PQcmdTuples(result_.get());
    std::uint64_t number = 0;
    std::from_chars(count.data(), count.data() + count.size(), number);
    return number;
}

bool Rows::is_null(std::size_t row, int column) const noexcept {
    return ::PQgetisnull(result_.get(), static_cast<int>(row), column) != 0;
}

std::string_view Rows::text(std::size_t row, int column) const noexcept {
    const char* const value = ::PQgetvalue(result_.get(), static_cast<int>(row), column);
    if (value == nullptr)
        return {};
    return {value, static_cast<std::size_t>(::PQgetlength(result_.get(), static_cast<int>(row), column))};
}

std::int64_t Rows::integer(std::size_t row, int column) const {
    return number_from<std::int64_t>(text(row, column), "an integer");
}

bool Rows::boolean(std::size_t row, int column) const {
    const std::string_view value = text(row, column);
    if (value != "t" && value != "f")
        throw std::runtime_error("a column of PostgreSQL is not a boolean");
    return value == "t";
}

Instant Rows::instant(std::size_t row, int column) const {
    return Instant(std::chrono::milliseconds(integer(row, column)));
}

std::optional<Instant> Rows::optional_instant(std::size_t row, int column) const {
    if (is_null(row, column))
        return std::nullopt;
    return instant(row, column);
}

std::optional<sys_seconds> Rows::optional_seconds(std::size_t row, int column) const {
    if (is_null(row, column))
        return std::nullopt;
    return sys_seconds(std::chrono::seconds(integer(row, column)));
}

std::optional<std::string> Rows::optional_bytes(std::size_t row, int column) const {
    if (is_null(row, column))
        return std::nullopt;
    std::size_t size = 0;
    const auto* const encoded = ::PQgetvalue(result_.get(), static_cast<int>(row), column);
    const std::unique_ptr<unsigned char, decltype(&::PQfreemem)> decoded(
        ::PQunescapeBytea(reinterpret_cast<const unsigned char*>(encoded), &size), &::PQfreemem);
    if (!decoded)
        throw std::runtime_error("a column of PostgreSQL is not bytes");
    return std::string(reinterpret_cast<const char*>(decoded.get()), size);
}

}  // namespace evergrant::storage::postgres
