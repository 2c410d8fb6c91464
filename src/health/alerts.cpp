#include "health/alerts.h"

#include "health/slack_channel.h"
#include "health/standard_webhook.h"
#include "health/webhook_channel.h"

#include <utility>

namespace evergrant::health {

namespace {

using Channels = std::vector<std::unique_ptr<AlertChannel>>;

Channels channels_of(const Alerts::Foundations& foundations, AlertOptions& options, net::HttpClient& http,
                     const std::optional<SmsChannel::Carrier>& sms) {
    Channels channels;
    if (!options.slack_url.empty())
        channels.push_back(std::make_unique<SlackChannel>(http, std::move(options.slack_url)));
    if (auto key = webhook_key(options.webhook_secret.reveal()); key && !options.webhook_url.empty())
        channels.push_back(std::make_unique<WebhookChannel>(
            http, foundations.clock, WebhookChannel::Receiver{options.webhook_url, std::move(*key)}));
    if (options.mail_server && !options.mail.to.empty()) {
        auto client =
            std::make_unique<net::CurlMailClient>(foundations.shard.context(), std::move(*options.mail_server));
        channels.push_back(std::make_unique<EmailChannel>(std::move(client), foundations.clock, options.mail));
    }
    if (options.pager_duty)
        channels.push_back(std::make_unique<PagerDutyChannel>(http, std::move(*options.pager_duty)));
    for (const std::string& to : options.sms_recipients)
        if (sms)
            channels.push_back(std::make_unique<SmsChannel>(http, *sms, to));
    return channels;
}

AlertCourier::Parts courier_parts(const Alerts::Foundations& foundations, const AlertOptions& options,
                                  Channels channels) {
    return {.shard = foundations.shard,
            .store = storage::alerts_of(foundations.store),
            .clock = foundations.clock,
            .random = foundations.random,
            .metrics = foundations.metrics,
            .rules = options.rules,
            .times = options.times,
            .links = options.links,
            .channels = std::move(channels)};
}

AlertWatch::Parts watch_parts(const Alerts::Foundations& foundations, const AlertOptions& options,
                              std::vector<std::string> channels) {
    return {.shard = foundations.shard,
            .store = storage::alerts_of(foundations.store),
            .random = foundations.random,
            .metrics = foundations.metrics,
            .rules = options.rules,
            .pace = options.pace,
            .times = options.times,
            .routes = options.routes,
            .channels = std::move(channels)};
}

ServerWatch::Parts server_watch_parts(const Alerts::Foundations& foundations, const AlertOptions& options,
                                      AlertCourier& courier) {
    return {.shard = foundations.shard,
            .store = foundations.store,
            .alerts = storage::alerts_of(foundations.store),
            .courier = courier,
            .clock = foundations.clock,
            .random = foundations.random,
            .metrics = foundations.metrics,
            .pace = options.pace,
            .interval = options.evaluate,
            .routes = options.routes,
            .disk = foundations.disk,
            .certificates = options.certificates,
            .take_vends = foundations.take_vends};
}

}  // namespace

Alerts::Alerts(Foundations foundations, AlertOptions options)
    : shard_(foundations.shard),
      http_(std::move(foundations.http)),
      sms_(std::move(options.sms)),
      courier_(courier_parts(foundations, options, channels_of(foundations, options, *http_, sms_))),
      watch_(watch_parts(foundations, options, courier_.channel_names())),
      server_watch_(server_watch_parts(foundations, options, courier_)) {}

async::Task<std::vector<AlertCourier::Outcome>> Alerts::test() {
    std::function<async::Task<std::vector<AlertCourier::Outcome>>()> work = [this] { return courier_.test(); };
    return async::run_on(shard_, std::move(work));
}

void Alerts::start() {
    watch_.start();
    courier_.start();
    server_watch_.start();
}

}  // namespace evergrant::health
