#pragma once
//
// Parameters: reads what callers send, strictly. Every deviation is an invalid_request that names its field; unknown
// fields are refused with the nearest known name. Row S5 of docs/security.md.
//
#include "base/error.h"
#include "base/ids.h"
#include "base/secret.h"
#include "catalog/template.h"
#include "net/http_message.h"

#include <boost/json/object.hpp>

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::api {

/// A query string, decoded. A name that comes twice is an error.
class Query {
public:
    Query() = default;
    [[nodiscard]] static Result<Query> parse(std::string_view raw);

    /// Empty if it is not there.
    [[nodiscard]] std::string get(std::string_view name) const;
    [[nodiscard]] bool has(std::string_view name) const { return values_.contains(name); }
    /// Errors: invalid_request naming the first parameter that is not known.
    [[nodiscard]] Result<void> only(std::initializer_list<std::string_view> known) const;

private:
    std::map<std::string, std::string, std::less<>> values_;
};

/// The decoded text, or nothing if it is badly encoded or holds a zero byte.
[[nodiscard]] std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_space);

/// A JSON object from a request's body; each reader notes the first thing that is wrong, and `done` tells it.
class Body {
public:
    /// Errors: unsupported_media_type, invalid_request (not JSON, not an object, deeper than 64, a repeated member,
    /// an unknown member). An empty body is an empty object.
    [[nodiscard]] static Result<Body> parse(const net::Request& request, std::initializer_list<std::string_view> known);
    /// The same for a member that is an object itself; `path` names it in messages.
    [[nodiscard]] static Result<Body> of(const boost::json::value& value, std::string path,
                                         std::initializer_list<std::string_view> known);

    [[nodiscard]] bool has(std::string_view name) const;
    [[nodiscard]] std::string text(std::string_view name);
    [[nodiscard]] std::string required_text(std::string_view name);
    [[nodiscard]] SecretString secret(std::string_view name);
    [[nodiscard]] bool flag(std::string_view name);
    /// Nothing if it is not there.
    [[nodiscard]] std::optional<std::int64_t> whole_number(std::string_view name);
    [[nodiscard]] std::chrono::seconds seconds(std::string_view name, std::chrono::seconds most);
    [[nodiscard]] std::int64_t number(std::string_view name);  ///< whole, not negative; 0 if it is not there
    [[nodiscard]] std::vector<std::string> texts(std::string_view name, std::size_t most = 200);
    [[nodiscard]] catalog::Parameters parameters(std::string_view name);
    [[nodiscard]] std::optional<boost::json::object> object(std::string_view name);
    [[nodiscard]] std::optional<boost::json::array> array(std::string_view name, std::size_t most);
    [[nodiscard]] std::optional<std::chrono::sys_seconds> time(std::string_view name);

    /// A tenant id under the first of these names that is there; the rest must not contradict it.
    [[nodiscard]] std::optional<TenantId> tenant(std::initializer_list<std::string_view> names);
    [[nodiscard]] std::optional<IntegrationId> integration(std::string_view name);

    /// The first error, if there was one.
    [[nodiscard]] Result<void> done() const;

private:
    const boost::json::value* find(std::string_view name) const;
    void note(std::string_view field, std::string message);
    std::string path_to(std::string_view name) const;

    boost::json::object object_;
    std::string path_;
    std::optional<Error> error_;
};

/// `2026-01-31T12:00:00Z`, nothing if it is anything else.
[[nodiscard]] std::optional<std::chrono::sys_seconds> parse_iso8601(std::string_view text);

/// Ids in a path. Errors: tenant_not_found and invalid_request respectively.
[[nodiscard]] Result<TenantId> tenant_in_path(std::string_view text);
[[nodiscard]] Result<IntegrationId> integration_in_path(std::string_view text);

}  // namespace evergrant::api
