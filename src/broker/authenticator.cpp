#include "broker/authenticator.h"

#include "crypto/encoding.h"
#include "crypto/hash.h"

#include <array>
#include <utility>

namespace evergrant::broker {

namespace {

constexpr std::string_view bearer_prefix = "Bearer ";
constexpr std::string_view key_prefix = "eg_";
constexpr std::size_t most_known_keys = 10'000;

std::unexpected<Error> wrong_credentials() {
    return failure(Errc::invalid_credentials, "These credentials are not valid here.");
}

bool starts_with_bearer(std::string_view authorization) {
    constexpr auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
    if (authorization.size() <= bearer_prefix.size())
        return false;
    for (std::size_t i = 0; i < bearer_prefix.size(); ++i)
        if (lower(authorization[i]) != lower(bearer_prefix[i]))
            return false;
    return true;
}

bool secret_matches(std::string_view secret, std::string_view hash) {
    const crypto::Digest presented = crypto::sha256(secret);
    return crypto::equal_in_constant_time(presented, crypto::bytes_of(hash));
}

Principal principal_of(const storage::ApiKey& key) {
    Principal principal;
    principal.role = key.role;
    principal.subject = key.id;
    if (!key.tenants.empty())
        principal.tenants = key.tenants;
    principal.providers = key.providers;
    return principal;
}

std::string text_claim(const boost::json::object& claims, std::string_view name) {
    const auto* value = claims.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

}  // namespace

std::optional<Authenticator::PresentedKey> Authenticator::parse_api_key(std::string_view credentials) {
    if (!credentials.starts_with(key_prefix))
        return std::nullopt;
    credentials.remove_prefix(key_prefix.size());
    const std::size_t end_of_id = credentials.find('_');
    if (end_of_id == std::string_view::npos)
        return std::nullopt;
    return PresentedKey{credentials.substr(0, end_of_id), credentials.substr(end_of_id + 1)};
}

Authenticator::KnownKey* Authenticator::find_current(std::string_view id) {
    const auto found = keys_.find(id);
    if (found == keys_.end() || found->second.revision != parts_.revision.current())
        return nullptr;
    return &found->second;
}

const Principal* Authenticator::known(std::string_view authorization) {
    if (!starts_with_bearer(authorization))
        return nullptr;
    const auto presented = parse_api_key(authorization.substr(bearer_prefix.size()));
    if (!presented)
        return nullptr;
    KnownKey* found = find_current(presented->id);
    if (found == nullptr || !secret_matches(presented->secret, found->key.secret_hash))
        return nullptr;
    const sys_seconds now = parts_.clock.now_seconds();
    if (found->key.revoked_at || (found->key.expires_at && *found->key.expires_at <= now))
        return nullptr;
    if (found->bucket.take(parts_.limit_per_key, std::chrono::steady_clock::now()))
        return nullptr;
    found->last_used = now;
    return &found->principal;
}

async::Task<Result<Principal>> Authenticator::authenticate(std::string authorization) {
    if (authorization.empty())
        co_return failure(Errc::authentication_required, "Send an API key or a JWT in the Authorization header.");
    if (!starts_with_bearer(authorization))
        co_return failure(Errc::invalid_credentials, "The Authorization header must be \"Bearer <API key or JWT>\".");
    authorization.erase(0, bearer_prefix.size());
    if (authorization.starts_with(key_prefix))
        co_return co_await authenticate_key(std::move(authorization));
    co_return authenticate_jwt(authorization);
}

async::Task<Result<Principal>> Authenticator::authenticate_key(std::string credentials) {
    const auto presented = parse_api_key(credentials);
    if (!presented || !is_valid_name(presented->id))
        co_return wrong_credentials();
    if (KnownKey* found = find_current(presented->id))
        co_return check(*found, presented->secret);

    const std::uint64_t revision = parts_.revision.current();
    auto stored = co_await parts_.store.find_api_key(std::string(presented->id));
    if (!stored)
        co_return std::unexpected(std::move(stored).error());
    if (!*stored) {
        // The same work as for a key that exists: time does not tell the two apart.
        constexpr std::array<char, sizeof(crypto::Digest)> no_hash{};
        static_cast<void>(secret_matches(presented->secret, std::string_view(no_hash.data(), no_hash.size())));
        co_return wrong_credentials();
    }
    if (keys_.size() >= most_known_keys)
        keys_.clear();
    KnownKey& entry = keys_[std::string(presented->id)];
    entry.key = std::move(**stored);
    entry.principal = principal_of(entry.key);
    entry.revision = revision;
    co_return check(entry, presented->secret);
}

Result<Principal> Authenticator::check(KnownKey& known, std::string_view secret) {
    if (!secret_matches(secret, known.key.secret_hash) || known.key.revoked_at)
        return wrong_credentials();
    const sys_seconds now = parts_.clock.now_seconds();
    if (known.key.expires_at && *known.key.expires_at <= now)
        return failure(Errc::token_expired, "This API key has expired.");
    if (const auto wait = known.bucket.take(parts_.limit_per_key, std::chrono::steady_clock::now())) {
        auto refused = failure(Errc::rate_limited, "This API key asks too often.");
        refused.error().retry_after = wait;
        return refused;
    }
    known.last_used = now;
    return known.principal;
}

Result<Principal> Authenticator::authenticate_jwt(std::string_view credentials) const {
    if (parts_.jwt == nullptr)
        return wrong_credentials();
    auto claims = parts_.jwt->verify(credentials, parts_.clock.now_seconds());
    if (!claims)
        return std::unexpected(std::move(claims).error());
    Principal principal;
    principal.subject = text_claim(*claims, "sub");
    if (principal.subject.empty())
        principal.subject = text_claim(*claims, "id");
    const auto* is_admin = claims->if_contains("isAdmin");
    if (is_admin != nullptr && is_admin->is_bool() && is_admin->get_bool()) {
        principal.role = storage::Role::admin;
        return principal;
    }
    principal.tenants.emplace();
    if (auto tenant = TenantId::parse(text_claim(*claims, "clientId")))
        principal.tenants->push_back(std::move(*tenant));
    return principal;
}

std::vector<std::pair<std::string, sys_seconds>> Authenticator::take_last_used() {
    std::vector<std::pair<std::string, sys_seconds>> used;
    for (auto& [id, known] : keys_) {
        if (known.last_used == sys_seconds{})
            continue;
        used.emplace_back(id, known.last_used);
        known.last_used = {};
    }
    return used;
}

MintedKey mint_api_key(storage::ApiKey description, crypto::Random& random, Instant now) {
    std::array<std::byte, 8> id{};
    random.fill(id);
    const std::string secret = random.token();
    const crypto::Digest hash = crypto::sha256(secret);

    MintedKey minted;
    minted.key = std::move(description);
    minted.key.id = crypto::to_hex(id);
    minted.key.secret_hash.assign(reinterpret_cast<const char*>(hash.data()), hash.size());
    minted.key.created_at = now;
    minted.text = SecretString(std::string(key_prefix) + minted.key.id + "_" + secret);
    return minted;
}

}  // namespace evergrant::broker
