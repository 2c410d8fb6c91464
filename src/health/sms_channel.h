#pragma once
//
// SmsChannel: alerts as text messages, one recipient each: who had it is not sent it again because another's failed.
// By Twilio's REST API, or by a gateway of the operator's that takes a request made from a template.
//
#include "health/alert_channel.h"

#include <string>
#include <variant>

namespace evergrant::health {

struct Twilio {
    std::string url;  ///< `https://api.twilio.com`
    std::string account_sid;
    SecretString auth_token;
    std::string from;  ///< +15550100, or a messaging service's id (MG…)
};

/// `{to}`, `{text}` and `{id}` stand for the message's: percent-encoded in the URL; in the body as JSON strings have
/// them if it begins with `{` or `[`, else percent-encoded too.
struct SmsGateway {
    SecretString url;
    std::string body;            ///< empty: a GET
    SecretString authorization;  ///< the header's value; empty: none
};

[[nodiscard]] net::ClientRequest sms_request(const Twilio& twilio, const std::string& to, const AlertMessage& message);
[[nodiscard]] net::ClientRequest sms_request(const SmsGateway& gateway, const std::string& to,
                                             const AlertMessage& message);

/// What fits two or three messages: title, reason and link.
[[nodiscard]] std::string sms_text(const AlertMessage& message);

class SmsChannel final : public AlertChannel {
public:
    using Carrier = std::variant<Twilio, SmsGateway>;
    /// `http` and `carrier` outlive it. Its name is `sms:<to>`.
    SmsChannel(net::HttpClient& http, const Carrier& carrier, std::string to);

    [[nodiscard]] std::string_view name() const noexcept override { return name_; }
    [[nodiscard]] async::Task<Result<void>> send(AlertMessage message, async::Deadline deadline) override;

private:
    net::HttpClient& http_;
    const Carrier& carrier_;
    std::string to_;
    std::string name_;
};

}  // namespace evergrant::health
