#include "cache/shared_copy.h"

#include "crypto/encoding.h"
#include "crypto/hash.h"
#include "crypto/strict_json.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <chrono>
#include <utility>

namespace evergrant::cache {

namespace json = boost::json;

namespace {

constexpr std::int64_t version = 1;  // of the members below

/// Names have no line break, so no two connections have one text.
std::string text_of(const ConnectionKey& connection) {
    return connection.tenant.str() + "\n" + connection.integration.str();
}

std::string associated_data(const ConnectionKey& connection, std::uint64_t generation) {
    return "evergrant shared copy\n" + text_of(connection) + "\n" + std::to_string(generation);
}

oauth::TokenSet read_tokens(const json::object& members) {
    oauth::TokenSet tokens;
    tokens.access_token = SecretString(std::string(members.at("access_token").as_string()));
    tokens.token_type = members.at("token_type").as_string();
    if (const json::value* expires_at = members.if_contains("expires_at"))
        tokens.expires_at = sys_seconds(std::chrono::seconds(expires_at->as_int64()));
    tokens.lifetime = std::chrono::seconds(members.at("lifetime").as_int64());
    for (const json::value& scope : members.at("scopes").as_array())
        tokens.scopes.emplace_back(scope.as_string());
    tokens.metadata = members.at("metadata").as_object();
    return tokens;
}

/// Throws if a member is missing or of another type.
std::optional<SharedCopy> read_copy(const json::object& members) {
    auto provider = ProviderId::parse(std::string_view(members.at("provider").as_string()));
    if (members.at("version").as_int64() != version || !provider)
        return std::nullopt;
    SharedCopy copy;
    copy.provider = std::move(*provider);
    copy.tokens = read_tokens(members);
    copy.renewable = members.at("renewable").as_bool();
    copy.read_at = Instant(std::chrono::milliseconds(members.at("read_at").as_int64()));
    return copy;
}

}  // namespace

std::string seal_copy(const crypto::AeadKey& key, const SharedCopy& copy, crypto::Random& random) {
    json::object members{{"version", version},
                         {"provider", copy.provider.str()},
                         {"access_token", copy.tokens.access_token.reveal()},
                         {"token_type", copy.tokens.token_type},
                         {"lifetime", copy.tokens.lifetime.count()},
                         {"scopes", json::array(copy.tokens.scopes.begin(), copy.tokens.scopes.end())},
                         {"metadata", copy.tokens.metadata},
                         {"renewable", copy.renewable},
                         {"read_at", copy.read_at.time_since_epoch().count()}};
    if (copy.tokens.expires_at)
        members["expires_at"] = copy.tokens.expires_at->time_since_epoch().count();
    const SecretString text(json::serialize(members));
    return crypto::aead_seal(key, text.reveal(), associated_data(copy.key, copy.generation), random);
}

std::optional<SharedCopy> open_copy(std::span<const crypto::AeadKey> keys, std::string_view box,
                                    const ConnectionKey& connection, std::uint64_t generation) {
    const std::string associated = associated_data(connection, generation);
    std::optional<SecretString> text;
    for (auto key = keys.begin(); key != keys.end() && !text; ++key)
        text = crypto::aead_open(*key, box, associated);
    if (!text)
        return std::nullopt;
    const auto members = crypto::parse_strict_object(text->reveal());
    if (!members)
        return std::nullopt;
    try {
        auto copy = read_copy(*members);
        if (copy) {
            copy->key = connection;
            copy->generation = generation;
        }
        return copy;
    } catch (const std::exception&) {
        return std::nullopt;  // of another version of ours
    }
}

std::string blind_name(const ConnectionKey& connection) {
    return blind_name(text_of(connection));
}

std::string blind_name(std::string_view name) {
    constexpr std::size_t size = 16;
    const crypto::Digest digest = crypto::sha256(name);
    return crypto::to_hex(std::span(digest).first<size>());
}

}  // namespace evergrant::cache
