#include "cache/token_cache.h"

#include <algorithm>
#include <utility>

namespace evergrant::cache {

namespace {

/// Tokens are renewed at the latest when a quarter of their life, or five minutes, is left: no reader can count on more
/// than the rest.
std::chrono::seconds longest_promise(std::chrono::seconds lifetime) noexcept {
    return lifetime - std::min<std::chrono::seconds>(std::chrono::minutes(5), lifetime / 4);
}

}  // namespace

bool CachedToken::serves(sys_seconds now, std::chrono::seconds min_ttl) const noexcept {
    if (now >= serve_until)
        return false;
    if (!expires_at || *expires_at - now >= min_ttl)
        return true;
    if (degraded)
        return true;
    return min_ttl > longest_promise(lifetime) && asked_ttl >= min_ttl;
}

std::size_t TokenCache::Hash::operator()(const ConnectionKey& key) const noexcept {
    return hash_of(key.tenant.str(), key.integration.str());
}

std::size_t TokenCache::Hash::operator()(const KeyView& key) const noexcept {
    return hash_of(key.tenant, key.integration);
}

bool TokenCache::Equal::operator()(const KeyView& a, const ConnectionKey& b) const noexcept {
    return a.tenant == b.tenant.str() && a.integration == b.integration.str();
}

const SharedToken* TokenCache::find(std::string_view tenant, std::string_view integration) {
    const KeyView key{tenant, integration};
    auto found = recent_.find(key);
    if (found == recent_.end()) {
        const auto old = older_.find(key);
        if (old == older_.end())
            return nullptr;
        SharedToken token = std::move(old->second);
        older_.erase(old);
        make_room();
        found = recent_.emplace(token->key, token).first;
    }
    if (found->second->withdrawn()) {
        recent_.erase(found);
        return nullptr;
    }
    return &found->second;
}

const SharedToken& TokenCache::put(SharedToken token) {
    const SharedToken* standing = find(token->key.tenant.str(), token->key.integration.str());
    if (standing != nullptr && (*standing)->generation > token->generation)
        return *standing;
    if (standing != nullptr && *standing != token)
        (*standing)->withdraw();
    if (standing == nullptr)
        make_room();
    ConnectionKey key = token->key;
    return recent_.insert_or_assign(std::move(key), std::move(token)).first->second;
}

void TokenCache::remove(const ConnectionKey& key) {
    for (Entries* entries : {&recent_, &older_}) {
        const auto at = entries->find(key);
        if (at == entries->end())
            continue;
        at->second->withdraw();
        entries->erase(at);
    }
}

void TokenCache::make_room() {
    if (recent_.size() < half_capacity_)
        return;
    for (const auto& [key, token] : older_)
        token->withdraw();
    older_ = std::exchange(recent_, Entries{});
}

}  // namespace evergrant::cache
