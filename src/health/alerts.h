#pragma once
//
// Alerts: the watch and the courier with their channels, wired. One for the process; it lives on one shard.
//
#include "health/alert_courier.h"
#include "health/alert_watch.h"
#include "health/email_channel.h"
#include "health/pager_duty_channel.h"
#include "health/server_watch.h"
#include "health/sms_channel.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace evergrant::health {

/// What an operator may set. What is empty is not configured.
struct AlertOptions {
    AlertRules rules;
    storage::AlertPace pace;
    AlertTimes times;
    std::chrono::seconds evaluate{30};  ///< between judgements of the server
    std::vector<AlertRoute> routes;
    AlertLinks links;
    SecretString slack_url;
    std::string webhook_url;
    SecretString webhook_secret;  ///< `whsec_…`
    std::optional<PagerDutyChannel::Service> pager_duty;
    std::optional<net::MailServer> mail_server;
    EmailChannel::Letterhead mail;
    std::optional<SmsChannel::Carrier> sms;
    std::vector<std::string> sms_recipients;
    std::vector<CertificatePath> certificates;  ///< that are watched for their end
};

class Alerts {
public:
    /// All outlive it.
    struct Foundations {
        async::Shard& shard;
        storage::Store& store;  ///< one that keeps alerts too
        const Clock& clock;
        crypto::Random& random;
        Metrics& metrics;
        std::unique_ptr<net::HttpClient> http;  ///< of the shard
        async::BlockingPool& disk;
        std::function<broker::VendsByCaller()> take_vends;
    };

    Alerts(Foundations foundations, AlertOptions options);

    /// Begins; ends with the shard's drain.
    void start();

    /// Sends a test through each channel: what each says of it. Thread: any shard's.
    [[nodiscard]] async::Task<std::vector<AlertCourier::Outcome>> test();

private:
    async::Shard& shard_;
    std::unique_ptr<net::HttpClient> http_;
    std::optional<SmsChannel::Carrier> sms_;
    AlertCourier courier_;
    AlertWatch watch_;
    ServerWatch server_watch_;
};

}  // namespace evergrant::health
