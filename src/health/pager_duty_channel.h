#pragma once
//
// PagerDutyChannel: PagerDuty's Events API v2: an alert opens an incident, the end of that
// alert resolves it.
//
#include "health/alert_channel.h"

namespace evergrant::health {

class PagerDutyChannel final : public AlertChannel {
public:
    struct Service {
        std::string url;           ///< `https://events.pagerduty.com/v2/enqueue`
        SecretString routing_key;  ///< of an integration of the service
    };
    /// `http` outlives it.
    PagerDutyChannel(net::HttpClient& http, Service service) : http_(http), service_(std::move(service)) {}

    [[nodiscard]] std::string_view name() const noexcept override;
    [[nodiscard]] async::Task<Result<void>> send(AlertMessage message, async::Deadline deadline) override;

private:
    net::HttpClient& http_;
    Service service_;
};

/// The body, for this key.
[[nodiscard]] SecretString pager_duty_body(const AlertMessage& message, const SecretString& routing_key);

}  // namespace evergrant::health
