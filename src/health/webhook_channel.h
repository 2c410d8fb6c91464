#pragma once
//
// WebhookChannel: alerts as JSON to a receiver of the operator's own, signed as Standard Webhooks says.
//
#include "base/clock.h"
#include "health/alert_channel.h"

namespace evergrant::health {

class WebhookChannel final : public AlertChannel {
public:
    struct Receiver {
        std::string url;
        SecretString key;  ///< standard_webhook.h
    };
    /// `http` and `clock` outlive it.
    WebhookChannel(net::HttpClient& http, const Clock& clock, Receiver receiver)
        : http_(http), clock_(clock), receiver_(std::move(receiver)) {}

    [[nodiscard]] std::string_view name() const noexcept override;
    [[nodiscard]] async::Task<Result<void>> send(AlertMessage message, async::Deadline deadline) override;

private:
    net::HttpClient& http_;
    const Clock& clock_;
    Receiver receiver_;
};

/// `{"type","timestamp","data":{…}}`, as docs/alerts.md shows it.
[[nodiscard]] std::string webhook_body(const AlertMessage& message);

}  // namespace evergrant::health
