#pragma once
//
// The names of things, each its own type, so that a tenant is never passed where an integration is meant.
//
#include <boost/container_hash/hash.hpp>

#include <compare>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace evergrant {

/// A name of one kind. Valid names match [A-Za-z0-9][A-Za-z0-9._-]{0,127}; `parse` is the way in from outside.
template <class Kind>
class Name {
public:
    Name() = default;

    /// For names known to be valid: constants, tests, what the store returns.
    explicit Name(std::string value) : value_(std::move(value)) {}

    /// Nothing if `text` is not a valid name.
    [[nodiscard]] static std::optional<Name> parse(std::string_view text);

    [[nodiscard]] const std::string& str() const noexcept { return value_; }
    [[nodiscard]] bool empty() const noexcept { return value_.empty(); }

    friend auto operator<=>(const Name&, const Name&) = default;

private:
    std::string value_;
};

/// Whether `text` matches [A-Za-z0-9][A-Za-z0-9._-]{0,127}.
[[nodiscard]] bool is_valid_name(std::string_view text) noexcept;

template <class Kind>
std::optional<Name<Kind>> Name<Kind>::parse(std::string_view text) {
    if (!is_valid_name(text))
        return std::nullopt;
    return Name(std::string(text));
}

using TenantId = Name<struct TenantKind>;            ///< the customer for whom connections are held
using IntegrationId = Name<struct IntegrationKind>;  ///< names a connection within its tenant
using ProviderId = Name<struct ProviderKind>;        ///< names a catalogue entry

/// Names one connection: one tenant's grant at one provider.
struct ConnectionKey {
    TenantId tenant;
    IntegrationId integration;

    friend auto operator<=>(const ConnectionKey&, const ConnectionKey&) = default;
};

/// A hash that is equal in every run of one binary, so that a connection's home shard is a function of its key.
[[nodiscard]] inline std::size_t hash_of(std::string_view tenant, std::string_view integration) noexcept {
    std::size_t seed = boost::hash<std::string_view>{}(tenant);
    boost::hash_combine(seed, integration);
    return seed;
}

}  // namespace evergrant

template <>
struct std::hash<evergrant::ConnectionKey> {
    std::size_t operator()(const evergrant::ConnectionKey& key) const noexcept {
        return evergrant::hash_of(key.tenant.str(), key.integration.str());
    }
};

template <class Kind>
struct std::hash<evergrant::Name<Kind>> {
    std::size_t operator()(const evergrant::Name<Kind>& name) const noexcept {
        return std::hash<std::string>{}(name.str());
    }
};
