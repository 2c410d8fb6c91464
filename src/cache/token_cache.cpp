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

std::size_t TokenCache::Hash::operator()(const SharedToken& token) const noexcept {
    return (*this)(view_of(token->key));
}

std::size_t TokenCache::Hash::operator()(const KeyView& key) const noexcept {
    return hash_of(key.tenant, key.integration);
}

bool TokenCache::Equal::operator()(const KeyView& a, const SharedToken& b) const noexcept {
    return a.tenant == b->key.tenant.str() && a.integration == b->key.integration.str();
}

const SharedToken* TokenCache::find(std::string_view tenant, std::string_view integration) {
    const KeyView key{tenant, integration};
    auto found = recent_.find(key);
    if (found == recent_.end()) {
        const auto old = older_.find(key);
        if (old == older_.end())
            return nullptr;
        auto node = older_.extract(old);
        make_room();
        found = recent_.insert(std::move(node)).position;
    }
    if ((*found)->withdrawn()) {
        recent_.erase(found);
        return nullptr;
    }
    return &*found;
}

const SharedToken& TokenCache::put(SharedToken token) {
    const SharedToken* standing = find(token->key.tenant.str(), token->key.integration.str());
    if (standing == nullptr) {
        make_room();
        return *recent_.insert(std::move(token)).first;
    }
    if (*standing == token || (*standing)->generation > token->generation)
        return *standing;
    (*standing)->withdraw();
    auto node = recent_.extract(*standing);
    node.value() = std::move(token);
    return *recent_.insert(std::move(node)).position;
}

void TokenCache::remove(const ConnectionKey& key) {
    for (Entries* entries : {&recent_, &older_}) {
        const auto at = entries->find(view_of(key));
        if (at == entries->end())
            continue;
        (*at)->withdraw();
        entries->erase(at);
    }
}

void TokenCache::make_room() {
    if (recent_.size() < half_capacity_)
        return;
    for (const SharedToken& token : older_)
        token->withdraw();
    older_ = std::exchange(recent_, Entries{});
}

}  // namespace evergrant::cache
