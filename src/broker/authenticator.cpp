#include "broker/authenticator.h"

#include "crypto/encoding.h"
#include "crypto/hash.h"

#include <array>
#include <utility>

namespace evergrant::broker {

namespace {

constexpr std::string_view bearer_prefix = "Bearer ";
constexpr std::string_view key_prefix = "eg_";
constexpr std::size_t most_keys_in_use = 10'000;
constexpr std::chrono::seconds between_tries_of_a_store_that_is_away{1};

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
    principal.limits = key.limits;
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

Authenticator::KeyInUse* Authenticator::find_current(std::string_view id, sys_seconds now) {
    const auto found = keys_.find(id);
    if (found == keys_.end() || found->second.revision != parts_.revision.current())
        return nullptr;
    KeyInUse& used = found->second;
    return used.from <= now && now < used.until ? &used : nullptr;
}

Authenticator::KeyInUse& Authenticator::use(KnownKey known, std::uint64_t revision, sys_seconds from,
                                            std::chrono::seconds life) {
    if (keys_.size() >= most_keys_in_use && !keys_.contains(known.key.id))
        keys_.clear();
    KeyInUse& used = keys_[known.key.id];
    used.key = std::move(known.key);
    used.principal = principal_of(used.key);
    used.revision = revision;
    used.from = from;
    used.until = from + life;
    return used;
}

const Principal* Authenticator::known(std::string_view authorization) {
    if (!starts_with_bearer(authorization))
        return nullptr;
    const auto presented = parse_api_key(authorization.substr(bearer_prefix.size()));
    if (!presented)
        return nullptr;
    const sys_seconds now = parts_.clock.now_seconds();
    KeyInUse* found = find_current(presented->id, now);
    if (found == nullptr || !secret_matches(presented->secret, found->key.secret_hash))
        return nullptr;
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
    co_return co_await authenticate_jwt(std::move(authorization));
}

async::Task<Result<Principal>> Authenticator::authenticate_key(std::string credentials) {
    const auto presented = parse_api_key(credentials);
    if (!presented || !is_valid_name(presented->id))
        co_return wrong_credentials();
    const sys_seconds now = parts_.clock.now_seconds();
    if (KeyInUse* found = find_current(presented->id, now))
        co_return check(*found, presented->secret);

    KnownKey asked;
    asked.revision = parts_.revision.current();
    asked.checked_at = now;
    auto elsewhere = parts_.known.find(presented->id);
    if (elsewhere && elsewhere->revision == asked.revision && elsewhere->checked_at <= now &&
        now < elsewhere->checked_at + parts_.times.recheck) {
        const sys_seconds since = elsewhere->checked_at;
        co_return check(use(std::move(*elsewhere), asked.revision, since, parts_.times.recheck), presented->secret);
    }
    auto stored = co_await parts_.look_up(std::string(presented->id));
    if (!stored)
        co_return check_without_store(*presented, std::move(stored).error());
    if (!*stored) {
        parts_.known.forget(presented->id);
        // The same work as for a key that exists: time does not tell the two apart.
        constexpr std::array<char, sizeof(crypto::Digest)> no_hash{};
        static_cast<void>(secret_matches(presented->secret, std::string_view(no_hash.data(), no_hash.size())));
        co_return wrong_credentials();
    }
    asked.key = std::move(**stored);
    parts_.known.keep(asked);
    const std::uint64_t revision = asked.revision;
    co_return check(use(std::move(asked), revision, now, parts_.times.recheck), presented->secret);
}

/// A store that is away locks out nobody whom it vouched for lately.
Result<Principal> Authenticator::check_without_store(PresentedKey presented, Error why) {
    auto last_said = parts_.known.find(presented.id);
    const sys_seconds now = parts_.clock.now_seconds();
    if (!last_said || last_said->checked_at > now || now >= last_said->checked_at + parts_.times.without_store)
        return std::unexpected(std::move(why));
    const std::uint64_t revision = parts_.revision.current();
    return check(use(std::move(*last_said), revision, now, between_tries_of_a_store_that_is_away), presented.secret);
}

Result<Principal> Authenticator::check(KeyInUse& used, std::string_view secret) {
    if (!secret_matches(secret, used.key.secret_hash) || used.key.revoked_at)
        return wrong_credentials();
    const sys_seconds now = parts_.clock.now_seconds();
    if (used.key.expires_at && *used.key.expires_at <= now)
        return failure(Errc::token_expired, "This API key has expired.");
    if (const auto wait = used.bucket.take(parts_.limit_per_key, std::chrono::steady_clock::now())) {
        auto refused = failure(Errc::rate_limited, "This API key asks too often.");
        refused.error().retry_after = wait;
        return refused;
    }
    used.last_used = now;
    return used.principal;
}

async::Task<Result<Principal>> Authenticator::authenticate_jwt(std::string credentials) const {
    if (parts_.jwt == nullptr)
        co_return wrong_credentials();
    auto verifier = parts_.jwt->current();
    if (verifier->lacks_key_of(credentials)) {
        const bool changed = co_await parts_.jwt->look_again();
        if (changed)
            verifier = parts_.jwt->current();
    }
    auto claims = verifier->verify(credentials, parts_.clock.now_seconds());
    if (!claims)
        co_return std::unexpected(std::move(claims).error());
    Principal principal;
    principal.subject = text_claim(*claims, "sub");
    if (principal.subject.empty())
        principal.subject = text_claim(*claims, "id");
    const auto* is_admin = claims->if_contains("isAdmin");
    if (is_admin != nullptr && is_admin->is_bool() && is_admin->get_bool()) {
        principal.role = storage::Role::admin;
        co_return principal;
    }
    principal.tenants.emplace();
    if (auto tenant = TenantId::parse(text_claim(*claims, "clientId")))
        principal.tenants->push_back(std::move(*tenant));
    co_return principal;
}

void Authenticator::charge(const Principal& caller, std::size_t requests) {
    const auto found = keys_.find(caller.subject);
    if (found != keys_.end() && requests > 1)
        found->second.bucket.charge(parts_.limit_per_key, static_cast<double>(requests - 1));
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
