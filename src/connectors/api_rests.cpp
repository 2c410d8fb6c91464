#include "connectors/api_rests.h"

#include "oauth/token_response.h"

#include <algorithm>
#include <utility>

namespace evergrant::connectors {

namespace {

constexpr std::chrono::seconds longest_rest{3600};
constexpr std::size_t most_rests = 10'000;
constexpr unsigned too_many_requests = 429;
constexpr unsigned unavailable = 503;

}  // namespace

async::Task<Result<void>> ApiRests::admit(const catalog::Provider* provider, ConnectionKey key) {
    const auto found = until_.find(key);
    if (found != until_.end()) {
        const auto left = found->second - clock_.steady();
        if (left.count() > 0) {
            Error error{.code = Errc::rate_limited,
                        .message = "The provider has asked to be called later.",
                        .retry_after = std::chrono::ceil<std::chrono::seconds>(left)};
            co_return std::unexpected(std::move(error));
        }
        until_.erase(found);
    }
    co_return co_await budgets_.take_call(provider, std::move(key));
}

std::optional<std::chrono::seconds> ApiRests::note(const ConnectionKey& key, unsigned status,
                                                   std::string_view retry_after) {
    if (status != too_many_requests && status != unavailable)
        return std::nullopt;
    auto wait = oauth::parse_retry_after(retry_after, clock_.now_seconds());
    if (!wait)
        return std::nullopt;
    wait = std::min(*wait, longest_rest);
    const auto now = clock_.steady();
    if (until_.size() >= most_rests)
        std::erase_if(until_, [now](const auto& entry) { return entry.second <= now; });
    if (until_.size() >= most_rests)
        until_.clear();
    auto& until = until_[key];
    until = std::max(until, now + *wait);
    return wait;
}

}  // namespace evergrant::connectors
