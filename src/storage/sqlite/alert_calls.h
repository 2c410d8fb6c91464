#pragma once
//
// AlertCalls: the part of the store that keeps alerts, as calls of its engine.
//
#include "storage/alerts.h"
#include "storage/sqlite/alert_ends.h"
#include "storage/sqlite/alerts.h"
#include "storage/sqlite/api_keys.h"
#include "storage/sqlite/calls.h"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace evergrant::storage::sqlite {

/// Thread: any.
class AlertCalls : public AlertStore, protected Calls {
public:
    using Calls::Calls;

    Task<Result<std::vector<UntoldConnection>>> untold_connections(std::size_t limit) override {
        return read<std::vector<UntoldConnection>>(
            [limit](Session& session) { return sqlite::untold_connections(session, limit); });
    }
    Task<Result<std::vector<UntoldConnection>>> untold_notices(std::size_t limit) override {
        return read<std::vector<UntoldConnection>>(
            [limit](Session& session) { return sqlite::untold_notices(session, limit); });
    }
    Task<Result<void>> postpone_telling(std::vector<UntoldConnection> failing,
                                        std::chrono::milliseconds pause) override {
        return change<void>([failing = std::move(failing), pause](Session& session) {
            sqlite::postpone_telling(session, failing, pause);
            return Result<void>{};
        });
    }
    Task<Result<std::size_t>> tell(std::vector<ConnectionTelling> tellings, AlertPace pace) override {
        return change<std::size_t>(
            [tellings = std::move(tellings), pace](Session& session) { return sqlite::tell(session, tellings, pace); });
    }
    Task<Result<std::vector<EndingKey>>> ending_api_keys(std::chrono::seconds within, std::size_t limit) override {
        return read<std::vector<EndingKey>>(
            [within, limit](Session& session) { return sqlite::ending_api_keys(session, within, limit); });
    }
    Task<Result<bool>> raise_alert(Telling telling, AlertPace pace) override {
        return change<bool>([telling = std::move(telling), pace](Session& session) {
            return sqlite::raise_alert(session, telling, pace);
        });
    }
    Task<Result<std::size_t>> end_episodes(std::chrono::milliseconds unconfirmed) override {
        return change<std::size_t>(
            [unconfirmed](Session& session) { return sqlite::end_episodes(session, unconfirmed); });
    }
    Task<Result<std::size_t>> end_left_alerts(std::vector<std::string> channels) override {
        return change<std::size_t>(
            [channels = std::move(channels)](Session& session) { return sqlite::end_left_alerts(session, channels); });
    }
    Task<Result<std::vector<Alert>>> alerts_to_send(std::size_t limit) override {
        return read<std::vector<Alert>>([limit](Session& session) { return sqlite::alerts_to_send(session, limit); });
    }
    Task<Result<bool>> send_alert(std::string id, std::vector<std::string> channels, Episode episode) override {
        return change<bool>([id = std::move(id), channels = std::move(channels), episode](Session& session) {
            return sqlite::send_alert(session, id, channels, episode);
        });
    }
    Task<Result<std::vector<AlertDelivery>>> claim_deliveries(std::chrono::milliseconds duration,
                                                              std::size_t limit) override {
        return change<std::vector<AlertDelivery>>(
            [duration, limit](Session& session) { return sqlite::claim_deliveries(session, duration, limit); });
    }
    Task<Result<void>> end_delivery(std::string alert_id, std::string channel) override {
        return change<void>([alert_id = std::move(alert_id), channel = std::move(channel)](Session& session) {
            sqlite::end_delivery(session, alert_id, channel);
            return Result<void>{};
        });
    }
    Task<Result<void>> fail_delivery(std::string alert_id, std::string channel, std::string error,
                                     std::optional<std::chrono::milliseconds> pause) override {
        return change<void>([alert_id = std::move(alert_id), channel = std::move(channel), error = std::move(error),
                             pause](Session& session) {
            sqlite::fail_delivery(session, alert_id, channel, error, pause);
            return Result<void>{};
        });
    }
    Task<Result<DeliveriesWaiting>> deliveries_waiting() override {
        return read<DeliveriesWaiting>([](Session& session) { return sqlite::deliveries_waiting(session); });
    }
    Task<Result<Page<AlertRecord>>> list_alerts(AlertFilter filter, std::string cursor, std::size_t limit) override {
        return read<Page<AlertRecord>>(
            [filter = std::move(filter), cursor = std::move(cursor), limit](Session& session) {
                return sqlite::list_alerts(session, filter, cursor, limit);
            });
    }
    Task<Result<std::size_t>> sweep_alerts(std::chrono::milliseconds age, std::size_t limit) override {
        return change<std::size_t>(
            [age, limit](Session& session) { return sqlite::sweep_alerts(session, age, limit); });
    }
};

}  // namespace evergrant::storage::sqlite
