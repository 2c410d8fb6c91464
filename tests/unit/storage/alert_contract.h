#pragma once
//
// The contract of storage/alerts.h as a test fixture, with a watch that tells of all that is untold.
//
#include "storage/alerts.h"
#include "store_contract.h"

#include <chrono>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace evergrant::storage {

class AlertContract : public StoreContract {
protected:
    static constexpr AlertPace pace{.settle = std::chrono::seconds(5),
                                    .longest_settle = std::chrono::seconds(60),
                                    .throttle = std::chrono::minutes(15)};
    static constexpr std::chrono::milliseconds claim_time = std::chrono::seconds(30);

    [[nodiscard]] AlertStore& alerts() { return alerts_of(store()); }

    ConnectionKey fails(const std::string& integration, ConnectionStatus status) {
        const ConnectionKey key{TenantId("acme"), IntegrationId(integration)};
        if (!found(key))
            saved(key);
        const auto lease = std::get<LeaseTaken>(ask(store().take_lease({key, "one", lease_duration, 0}))).lease;
        ask(store().fail_refresh(lease, {status, "The provider says no.", clock_.now(), false}));
        return key;
    }
    /// The calendar has come to so many days before the end of the grant.
    void notice_comes(unsigned days, const ConnectionKey& key = some_key) {
        CheckFinding finding;
        finding.key = key;
        finding.generation = found(key).value().summary.generation;
        finding.renewal_notice = days;
        if (!ask(store().record_check(std::move(finding))))
            throw std::logic_error("the connection takes no notice");
    }
    /// A grant that ends in a month.
    void saved_mortal(const ConnectionKey& key = some_key) {
        NewGrant grant = some_grant(key);
        grant.dies_at = clock_.now_seconds() + std::chrono::days(30);
        ask(store().save_grant(std::move(grant)));
    }
    std::vector<UntoldConnection> untold_notices() { return ask(alerts().untold_notices(10)); }
    std::size_t tell_notices() { return tell_all_of(untold_notices()); }
    std::vector<UntoldConnection> untold() { return ask(alerts().untold_connections(10)); }

    /// Tells of all that is untold, as the watch does.
    std::size_t tell_all(Episode episode = Episode::none, bool unless_episode = false) {
        return tell_all_of(untold(), episode, unless_episode);
    }
    std::size_t tell_all_of(const std::vector<UntoldConnection>& all, Episode episode = Episode::none,
                            bool unless_episode = false) {
        std::vector<ConnectionTelling> tellings;
        for (const UntoldConnection& one : all) {
            ConnectionTelling telling;
            telling.connection = one;
            telling.telling.id = "alert-" + std::to_string(++made_);
            telling.telling.rule = std::string(name_of(one.status));
            telling.telling.fold_key = telling.telling.rule + "|" + one.provider.str();
            telling.telling.ends = one.notice == 0 && one.status == ConnectionStatus::healthy;
            telling.telling.episode = episode;
            telling.telling.tenant = one.key.tenant;
            telling.telling.integration = one.key.integration;
            telling.telling.provider = one.provider;
            telling.telling.status = std::string(name_of(one.status));
            telling.telling.reason = one.error;
            telling.unless_episode = unless_episode;
            tellings.push_back(std::move(telling));
        }
        return ask(alerts().tell(std::move(tellings), pace));
    }
    std::vector<Alert> to_send() { return ask(alerts().alerts_to_send(10)); }
    /// The one alert that is to be sent, sent through two channels.
    Alert sent(Episode episode = Episode::none) {
        const std::vector<Alert> waiting = to_send();
        if (waiting.size() != 1)
            throw std::logic_error(std::to_string(waiting.size()) + " alerts are to be sent");
        ask(alerts().send_alert(waiting.front().id, {"slack", "webhook"}, episode));
        return waiting.front();
    }
    std::vector<AlertDelivery> claimed() { return ask(alerts().claim_deliveries(claim_time, 10)); }
    std::vector<AlertRecord> listed() { return ask(alerts().list_alerts({}, "", 10)).items; }

private:
    int made_{0};
};

/// With alerts that end.
class AlertEndContract : public AlertContract {
protected:
    static ConnectionKey key_of(const std::string& integration) {
        return {TenantId("acme"), IntegrationId(integration)};
    }
    /// These die and are told of in one alert; its id.
    std::string told_dead(const std::vector<std::string>& integrations) {
        for (const std::string& one : integrations)
            fails(one, ConnectionStatus::invalid);
        tell_all();
        return sent_when_due();
    }
    std::string told_of_notice(unsigned days) {
        notice_comes(days);
        tell_notices();
        return sent_when_due();
    }
    std::string sent_when_due() {
        clock_.advance(pace.settle + pace.throttle);
        return sent().id;
    }
    /// As a new grant is seen by the watch.
    void authorized_again(const std::string& integration) {
        saved(key_of(integration));
        tell_all();
    }
    void removed(const std::string& integration) { ask(store().remove_connection(key_of(integration))); }
    std::size_t end_left() { return ask(alerts().end_left_alerts({"webhook"})); }
    /// The deliveries that are due now, as "id through channel".
    std::set<std::string> due() {
        std::set<std::string> names;
        for (const AlertDelivery& one : claimed())
            names.insert(one.alert.id + " through " + one.channel);
        return names;
    }
    void all_arrive() {
        for (const AlertDelivery& one : claimed())
            ask(alerts().end_delivery(one.alert.id, one.channel));
    }
};

}  // namespace evergrant::storage
