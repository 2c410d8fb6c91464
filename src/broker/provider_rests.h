#pragma once
//
// Provider rests: which app credentials a provider has asked to wait. A provider that answers 429 with a Retry-After
// mostly counts the app's requests, not the connection's: refreshes ahead of use, which nobody waits for, then keep
// away with all connections of that app. Reads that need a token still try. No clock: times come in. One shard's.
//
#include "base/ids.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <string>

namespace evergrant::broker {

class ProviderRests {
public:
    using milliseconds = std::chrono::milliseconds;

    /// Until `until` of steady time, or longer if it was asked for before.
    void rest(const ProviderId& provider, const std::string& client_id, milliseconds until) {
        milliseconds& known = rests_[provider][client_id];
        known = std::max(known, until);
    }

    /// Whether any app of the provider rests.
    [[nodiscard]] bool any(const ProviderId& provider, milliseconds now) {
        const auto found = rests_.find(provider);
        if (found == rests_.end())
            return false;
        std::erase_if(found->second, [now](const auto& entry) { return entry.second <= now; });
        if (found->second.empty())
            rests_.erase(found);
        return rests_.contains(provider);
    }

    /// How long the app still rests. Nothing: it does not.
    [[nodiscard]] std::optional<std::chrono::seconds> left(const ProviderId& provider, const std::string& client_id,
                                                           milliseconds now) const {
        const auto apps = rests_.find(provider);
        if (apps == rests_.end())
            return std::nullopt;
        const auto app = apps->second.find(client_id);
        if (app == apps->second.end() || app->second <= now)
            return std::nullopt;
        return std::chrono::ceil<std::chrono::seconds>(app->second - now);
    }

private:
    std::map<ProviderId, std::map<std::string, milliseconds>> rests_;
};

}  // namespace evergrant::broker
