#pragma once
//
// AlertStore: what people are yet to be told, and what was told them: connections whose status differs from what was
// told last, the alerts made of them, and each alert's way through each channel. Every engine's Store is one of these
// too; apart from store.h, since nothing that serves a request needs it.
//
// Errors, threads and cancellation: as of store.h. Times are the store's.
//
#include "storage/store.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::storage {

enum class Severity : std::uint8_t { info, warning, error, critical };
[[nodiscard]] std::string_view name_of(Severity severity) noexcept;
[[nodiscard]] std::optional<Severity> parse_severity(std::string_view text) noexcept;

/// A connection whose status is not the one that people were told, or of which a notice is yet to be told.
struct UntoldConnection {
    ConnectionKey key;
    ProviderId provider;
    ConnectionStatus status{ConnectionStatus::healthy};
    ConnectionStatus told{ConnectionStatus::healthy};
    Generation generation{0};
    std::string error;  ///< one sentence; empty: none
    unsigned failures{0};
    bool postponed{false};  ///< postpone_telling was asked of this generation, and its pause is over
    bool own_app{false};    ///< the tenant has app credentials of its own at the provider
    unsigned notice{0};     ///< so many days before its grant ends: this is to be told. 0: its status is
    sys_seconds dies_at{};  ///< of a notice: when the grant ends
};

/// How long what an alert tells goes on. It is told of as long as it lasts, and once when it ends.
enum class Episode : std::uint8_t {
    none,         ///< it is over when it is told
    connections,  ///< until no connection at the provider (of the tenant, if one is named) is told to be failing
    condition,    ///< until nobody confirms it any more
};

/// An alert's end has the id of the alert, and this.
inline constexpr std::string_view end_mark = "-end";

/// What is to be told. Those of one `fold_key` become one alert as long as that waits to be sent.
struct Telling {
    std::string id;  ///< unique, as the receiver is to know the alert by; one folded into another has that one's
    std::string fold_key;
    std::string rule;
    Severity severity{Severity::warning};
    bool ends{false};  ///< tells that something is over
    Episode episode{Episode::none};
    bool once{false};           ///< for raise_alert: nothing, while an alert of its fold_key is remembered
    TenantId tenant;            ///< empty: none in particular
    IntegrationId integration;  ///< the same
    ProviderId provider;        ///< the same
    std::string status;         ///< one word, as the title says it
    std::string reason;         ///< one sentence, no secret
};

/// An API key that will end and was not revoked.
struct EndingKey {
    std::string id;
    std::string name;
    sys_seconds expires_at;
    Instant created_at;
    Instant now;  ///< by the store's clock
};

/// A connection to be told of. `telling`'s connection is this one; its provider and reason are taken as given.
struct ConnectionTelling {
    UntoldConnection connection;
    Telling telling;
    bool unless_episode{false};  ///< nothing is told while an episode of connections at its provider lasts
};

/// When an alert is sent.
struct AlertPace {
    std::chrono::milliseconds settle{5'000};           ///< after its last event, so that many become one
    std::chrono::milliseconds longest_settle{60'000};  ///< after its first
    std::chrono::milliseconds throttle{900'000};       ///< after the one of the same fold_key before it
};

struct Alert {
    std::string id;
    std::string fold_key;
    std::string rule;
    Severity severity{Severity::warning};
    bool ends{false};
    Episode episode{Episode::none};
    TenantId tenant;
    IntegrationId integration;
    ProviderId provider;
    std::string status;
    std::string reason;
    std::vector<std::string> names;  ///< "tenant/integration" of the first few it stands for
    std::uint64_t count{0};          ///< of events it stands for
    std::string state;               ///< "collecting", "told", "ended"
    Instant first_at;
    Instant last_at;
    std::optional<Instant> told_at;
};

/// Whether it ends one alert, and not only tells that connections have recovered, whichever alerts told of them.
[[nodiscard]] inline bool is_end_of_an_alert(const Alert& alert) noexcept {
    return alert.ends && alert.id.ends_with(end_mark);
}

/// An alert to be sent through a channel, by who claimed it.
struct AlertDelivery {
    Alert alert;
    std::string channel;
    unsigned attempts{0};  ///< this one included
};

struct DeliveryRecord {
    std::string channel;
    std::string state;  ///< "pending", "delivered", "given_up"
    unsigned attempts{0};
    std::optional<Instant> next_try_at;
    std::optional<Instant> delivered_at;
    std::string last_error;
};

struct AlertRecord {
    Alert alert;
    std::vector<DeliveryRecord> deliveries;
};

/// How many deliveries wait, and since when the oldest of their alerts was sent off.
struct DeliveriesWaiting {
    std::uint64_t count{0};
    std::chrono::milliseconds oldest{0};
};

struct AlertFilter {
    std::optional<TenantId> tenant;
    std::optional<ProviderId> provider;
    std::optional<std::string> rule;
};

class AlertStore {
public:
    virtual ~AlertStore() = default;

    /// Connections to be told of: the dead and the healthy again at once, the failing when their pause is over. Cost
    /// goes by an index on them.
    virtual Task<Result<std::vector<UntoldConnection>>> untold_connections(std::size_t limit) = 0;
    /// Living connections of whose grant's end a nearer notice has come due than was told; the most urgent first. Cost
    /// goes by an index on them.
    virtual Task<Result<std::vector<UntoldConnection>>> untold_notices(std::size_t limit) = 0;
    /// Looks at these failing ones again after `pause`, unless they die or recover before.
    virtual Task<Result<void>> postpone_telling(std::vector<UntoldConnection> failing,
                                                std::chrono::milliseconds pause) = 0;
    /// Makes alerts of them, or folds them into those that wait or last, and notes that they were told, in one change;
    /// how many. Those that changed meanwhile, or that another replica is telling of, are left. No connection twice.
    virtual Task<Result<std::size_t>> tell(std::vector<ConnectionTelling> tellings, AlertPace pace) = 0;
    /// API keys that end within that time and have not yet, the soonest first.
    virtual Task<Result<std::vector<EndingKey>>> ending_api_keys(std::chrono::seconds within, std::size_t limit) = 0;
    /// Tells of something that is not a connection. Of an episode that lasts: confirms it. True: it is new.
    virtual Task<Result<bool>> raise_alert(Telling telling, AlertPace pace) = 0;
    /// Ends episodes: of connections where none is failing any more, of conditions not confirmed for `unconfirmed`. An
    /// alert tells so of each that was told, under `<its id>-end`; how many ended.
    virtual Task<Result<std::size_t>> end_episodes(std::chrono::milliseconds unconfirmed) = 0;

    /// Ends alerts, of those told, that no connection stands in any more: each of theirs was told of as something else
    /// since, has a new grant or was removed. The end of one that went through `channels` goes through them, too, under
    /// `<its id>-end`; how many ended. Cost goes by how many connections have left an alert since the last time.
    virtual Task<Result<std::size_t>> end_left_alerts(std::vector<std::string> channels) = 0;

    /// Alerts whose time to be sent has come.
    virtual Task<Result<std::vector<Alert>>> alerts_to_send(std::size_t limit) = 0;
    /// Hands the alert to the channels; it folds nothing in any more, but what belongs to its episode. False: somebody
    /// else did. `episode`: what it is from now on.
    virtual Task<Result<bool>> send_alert(std::string id, std::vector<std::string> channels, Episode episode) = 0;
    /// Deliveries that are due. Nobody else is offered them for `duration`; then they are due again. An end waits for
    /// its beginning in the same channel: a receiver that hears of the end first would keep the beginning for ever.
    virtual Task<Result<std::vector<AlertDelivery>>> claim_deliveries(std::chrono::milliseconds duration,
                                                                      std::size_t limit) = 0;
    virtual Task<Result<void>> end_delivery(std::string alert_id, std::string channel) = 0;
    /// It is due again after `pause`; nothing: it is given up.
    virtual Task<Result<void>> fail_delivery(std::string alert_id, std::string channel, std::string error,
                                             std::optional<std::chrono::milliseconds> pause) = 0;

    /// By an index on what waits.
    virtual Task<Result<DeliveriesWaiting>> deliveries_waiting() = 0;

    /// Newest first.
    virtual Task<Result<Page<AlertRecord>>> list_alerts(AlertFilter filter, std::string cursor, std::size_t limit) = 0;
    /// Removes what is over and older than `age`, up to `limit`; how many. Forgets what was told of connections that
    /// have been gone for so long.
    virtual Task<Result<std::size_t>> sweep_alerts(std::chrono::milliseconds age, std::size_t limit) = 0;
};

/// Throws std::logic_error if the store keeps no alerts: a test's own.
[[nodiscard]] AlertStore& alerts_of(Store& store);

}  // namespace evergrant::storage
