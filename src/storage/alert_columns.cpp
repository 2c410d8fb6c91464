#include "storage/alert_columns.h"

#include "storage/store_exception.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <charconv>
#include <stdexcept>
#include <utility>

namespace evergrant::storage {

namespace {

constexpr std::array<std::string_view, 4> severities{"info", "warning", "error", "critical"};
constexpr std::array<std::string_view, 3> episodes{"", "connections", "condition"};

[[noreturn]] void refuse_column() {
    throw StoreException(
        Error{.code = Errc::internal_error, .message = "A row of the alerts is not as it was written."});
}

template <class Enum, std::size_t count>
std::optional<Enum> parse(const std::array<std::string_view, count>& names, std::string_view text) {
    for (std::size_t index = 0; index < count; ++index)
        if (names[index] == text)
            return static_cast<Enum>(index);
    return std::nullopt;
}

boost::json::object describe(const UntoldConnection& connection) {
    boost::json::object row;
    row["tenant"] = connection.key.tenant.str();
    row["integration"] = connection.key.integration.str();
    row["generation"] = connection.generation;
    row["status"] = name_of(connection.status);
    row["told"] = name_of(connection.told);
    row["notice"] = connection.notice;
    return row;
}

}  // namespace

std::string_view name_of(Severity severity) noexcept {
    return severities[static_cast<std::size_t>(severity)];
}

std::optional<Severity> parse_severity(std::string_view text) noexcept {
    return parse<Severity>(severities, text);
}

std::string_view name_of(Episode episode) noexcept {
    return episodes[static_cast<std::size_t>(episode)];
}

Severity severity_from(std::string_view column) {
    const auto severity = parse_severity(column);
    return severity ? *severity : (refuse_column(), Severity::info);
}

Episode episode_from(std::string_view column) {
    const auto episode = parse<Episode>(episodes, column);
    return episode ? *episode : (refuse_column(), Episode::none);
}

ConnectionStatus status_from(std::string_view column) {
    const auto status = parse_connection_status(column);
    return status ? *status : (refuse_column(), ConnectionStatus::healthy);
}

std::string to_json(const std::vector<ConnectionTelling>& tellings) {
    boost::json::array rows;
    for (const ConnectionTelling& one : tellings) {
        boost::json::object row = describe(one.connection);
        row["provider"] = one.connection.provider.str();
        row["id"] = one.telling.id;
        row["fold_key"] = one.telling.fold_key;
        row["rule"] = one.telling.rule;
        row["severity"] = name_of(one.telling.severity);
        row["ends"] = one.telling.ends ? 1 : 0;
        row["episode"] = name_of(one.telling.episode);
        row["word"] = one.telling.status;
        row["reason"] = one.telling.reason;
        row["unless_episode"] = one.unless_episode;
        rows.push_back(std::move(row));
    }
    return boost::json::serialize(rows);
}

std::string to_json(const std::vector<UntoldConnection>& connections) {
    boost::json::array rows;
    for (const UntoldConnection& one : connections)
        rows.push_back(describe(one));
    return boost::json::serialize(rows);
}

std::string display_name(const ConnectionKey& key) {
    return key.tenant.str() + "/" + key.integration.str();
}

Result<AlertPlace> alert_place(std::string_view cursor) {
    auto parts = parts_of(cursor, 2);
    if (!parts)
        return std::unexpected(std::move(parts).error());
    AlertPlace place;
    if (cursor.empty())
        return place;
    const std::string& number = parts->front();
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), place.before);
    if (error != std::errc() || end != number.data() + number.size())
        return failure(Errc::invalid_request, "The cursor is not one of this list.");
    place.id = std::move(parts->back());
    return place;
}

std::string alert_cursor(const Alert& last) {
    return cursor_after({std::to_string(last.first_at.time_since_epoch().count()), last.id});
}

AlertStore& alerts_of(Store& store) {
    auto* alerts = dynamic_cast<AlertStore*>(&store);
    if (alerts == nullptr)
        throw std::logic_error("this store keeps no alerts");
    return *alerts;
}

}  // namespace evergrant::storage
