#pragma once
//
// AlertChannel: a way by which people hear of an alert. Each has its file: slack_channel.h, webhook_channel.h …
//
#include "async/deadline.h"
#include "health/alert_message.h"
#include "net/http_client.h"

#include <string>
#include <string_view>

namespace evergrant::health {

/// Thread: the shard's it was made for.
class AlertChannel {
public:
    virtual ~AlertChannel() = default;
    /// As routes and deliveries name it.
    [[nodiscard]] virtual std::string_view name() const noexcept = 0;
    /// Returns when the receiver has taken it. Errors: those of the transport; provider_error if it refuses, with
    /// retry_after if it says when. A failed one is sent again under the same id.
    [[nodiscard]] virtual async::Task<Result<void>> send(AlertMessage message, async::Deadline deadline) = 0;
};

/// What a receiver's answer says: any 2xx is taken.
[[nodiscard]] Result<void> taken(const Result<net::ClientAnswer>& answer);

}  // namespace evergrant::health
