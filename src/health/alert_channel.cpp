#include "health/alert_channel.h"

#include <algorithm>
#include <charconv>

namespace evergrant::health {

namespace {

constexpr unsigned longest_wait = 3600;

/// Only a number of seconds: a date is waited for as if nothing was said.
std::optional<std::chrono::seconds> retry_after(const net::ClientAnswer& answer) {
    const std::string_view text = answer.header("retry-after");
    unsigned seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return std::chrono::seconds(std::min(seconds, longest_wait));
}

}  // namespace

Result<void> taken(const Result<net::ClientAnswer>& answer) {
    if (!answer)
        return std::unexpected(answer.error());
    constexpr unsigned first_refusal = 300;
    constexpr unsigned first_success = 200;
    if (answer->status >= first_success && answer->status < first_refusal)
        return {};
    Error error{.code = Errc::provider_error,
                .message = "The receiver answered " + std::to_string(answer->status) + "."};
    error.retry_after = retry_after(*answer);
    return std::unexpected(std::move(error));
}

}  // namespace evergrant::health
