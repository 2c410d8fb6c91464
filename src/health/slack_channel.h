#pragma once
//
// SlackChannel: a Slack incoming webhook. Its URL is the secret.
//
#include "health/alert_channel.h"

namespace evergrant::health {

class SlackChannel final : public AlertChannel {
public:
    /// `http` outlives it.
    SlackChannel(net::HttpClient& http, SecretString url) : http_(http), url_(std::move(url)) {}

    [[nodiscard]] std::string_view name() const noexcept override;
    [[nodiscard]] async::Task<Result<void>> send(AlertMessage message, async::Deadline deadline) override;

private:
    net::HttpClient& http_;
    SecretString url_;
};

/// The body; `&`, `<` and `>` of the message cannot be taken for Slack's markup.
[[nodiscard]] std::string slack_body(const AlertMessage& message);

}  // namespace evergrant::health
