#pragma once
//
// From the text of a setting to its value. Pure. Errors are predicates that complete "<setting> …".
//
#include "app/configuration.h"

#include <cstdint>
#include <expected>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace evergrant::app {

template <class T>
using Parsed = std::expected<T, std::string>;

/// Both ends belong to it.
struct Range {
    std::uint32_t least;
    std::uint32_t most;
};

/// `a whole number from 1 to 60`
[[nodiscard]] std::string describe(Range range);
/// `shared, per_provider or per_context`
[[nodiscard]] std::string describe_choices(std::span<const std::string_view> names);

[[nodiscard]] Parsed<std::uint32_t> parse_whole_number(const std::string& text, Range range);
[[nodiscard]] Parsed<bool> parse_boolean(const std::string& text);
/// The index in `names`.
[[nodiscard]] Parsed<std::size_t> parse_choice(const std::string& text, std::span<const std::string_view> names);
/// A port alone leaves the host empty.
[[nodiscard]] Parsed<ListenAddress> parse_listen_address(const std::string& text);
/// postgresql:// or postgres://. Says nothing of the value: it may hold a password.
[[nodiscard]] Parsed<SecretString> parse_database_url(const std::string& text);
/// redis:// or rediss://, of one server, of Sentinels or of a Cluster. Says nothing of the value.
[[nodiscard]] Parsed<SecretString> parse_redis_url(const std::string& text);
[[nodiscard]] Parsed<SecretString> parse_password(const std::string& text);
/// Absolute, http or https, without user information, query and fragment; comes back without a slash at the end.
[[nodiscard]] Parsed<std::string> parse_url(const std::string& text);
/// A URL without path; comes back as scheme, host in lower case, and port if it is not the scheme's own.
[[nodiscard]] Parsed<std::string> parse_origin(const std::string& text);
/// An address, a network, or `unix`.
[[nodiscard]] Parsed<std::string> parse_trusted_proxy(const std::string& text);
/// A host, an address or a network.
[[nodiscard]] Parsed<std::string> parse_private_target(const std::string& text);
/// A URL of http or https with a host and no path; user name and password may stand in it.
[[nodiscard]] Parsed<SecretString> parse_proxy(const std::string& text);
[[nodiscard]] Parsed<std::string> parse_text(const std::string& text);
[[nodiscard]] Parsed<std::filesystem::path> parse_path(const std::string& text);
/// At least 32 bytes, and not one character over and over.
[[nodiscard]] Parsed<SecretString> parse_signing_secret(const std::string& text);
/// 64 hexadecimal digits whose second half is not the first again: that is what examples and placeholders look like.
[[nodiscard]] Parsed<SecretString> parse_encryption_key(const std::string& text);

/// Whether the URL's host is this machine: localhost or a loopback address.
[[nodiscard]] bool is_loopback_url(std::string_view url);

}  // namespace evergrant::app
