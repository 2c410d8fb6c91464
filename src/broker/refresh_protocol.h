#pragma once
//
// Refresh protocol: decides, step by step, how a refresh token is spent exactly once and nothing is lost. Pure: no
// clock, no I/O; events come in with their moment, actions go out, and who performs them is Refresher in the server and
// a virtual world in tests/simulation. ARCHITECTURE.md, "The refresh protocol", tells the whole of it.
//
// What it assumes: the store's clock runs as ours does, give or take `RefreshTimes::safety` in the life of a lease. Of
// the replicas' times of day it assumes nothing.
//
#include "broker/refresh_policy.h"
#include "broker/refresh_steps.h"

#include <string>

namespace evergrant::broker {

/// One refresh of one connection. A value; begins with refresh_event::Begun.
class RefreshProtocol {
public:
    struct Question {
        ConnectionKey key;
        storage::Generation newer_than{0};  ///< the caller holds it and found it wanting
        std::string owner;
        RefreshPolicy policy;
        RefreshTimes times;
        bool claimed{false};  ///< the store says that it is due: a pause is over by its clock, whatever ours says
    };

    explicit RefreshProtocol(Question question) : question_(std::move(question)) {}

    /// The action that follows. `event` answers the last one. `at`: when it did; a TakeLease counts from then.
    [[nodiscard]] RefreshAction next(refresh_event::Begun event, const Moment& at);
    [[nodiscard]] RefreshAction next(refresh_event::Looked event, const Moment& at);
    [[nodiscard]] RefreshAction next(refresh_event::Prepared event, const Moment& at);
    [[nodiscard]] RefreshAction next(refresh_event::LeaseAnswered event, const Moment& at);
    [[nodiscard]] RefreshAction next(refresh_event::Woken event, const Moment& at);
    [[nodiscard]] RefreshAction next(refresh_event::Answered event, const Moment& at);
    [[nodiscard]] RefreshAction next(refresh_event::Written event, const Moment& at);
    [[nodiscard]] RefreshAction next(refresh_event::Kept event, const Moment& at);
    [[nodiscard]] RefreshAction next(refresh_event::Recorded event, const Moment& at);
    [[nodiscard]] RefreshAction next(RefreshEvent event, const Moment& at);

    /// The lease was renewed, asked for at `asked_at`; or it was not, and with that the right to send ends. The right
    /// to write does not: the store decides whose write wins.
    void renewed(bool extended, SteadyTime asked_at);

    /// The row as it was last read.
    [[nodiscard]] const storage::Connection& connection() const noexcept { return known_; }
    /// The lease that was taken last.
    [[nodiscard]] const storage::Lease& lease() const noexcept { return taken_.lease; }

private:
    enum class Why : std::uint8_t { to_begin, while_held, after_write, after_record };

    RefreshAction look(Why why);
    RefreshAction look_before_lease(Result<std::optional<storage::Connection>> row, const Moment& at);
    RefreshAction look_after_write(Result<std::optional<storage::Connection>> row);
    RefreshAction look_after_record(Result<std::optional<storage::Connection>> row, const Moment& at);
    RefreshAction take_lease(const Moment& at);
    RefreshAction wait(const Moment& at);
    RefreshAction send(const Moment& at);
    RefreshAction complete(oauth::TokenSet answer, const Moment& at);
    RefreshAction record(oauth::ProviderFailure reason, const Moment& at);
    RefreshAction done_refreshed();
    RefreshAction done_orphaned();

    [[nodiscard]] bool surely_ours(const Moment& at) const;
    [[nodiscard]] Instant store_time(const Moment& at) const;
    [[nodiscard]] std::optional<Instant> by_the_store(std::optional<Instant> ours, const Moment& at) const;
    [[nodiscard]] bool may_try_the_one_before(const Moment& at) const;
    [[nodiscard]] bool keeps_the_one_before() const;
    [[nodiscard]] const SecretString& presented() const;

    Question question_;
    Why looking_{Why::to_begin};
    storage::Connection known_;
    catalog::RefreshPolicy provider_;

    std::optional<SteadyTime> give_up_at_;  // set when another was first found to hold the lease
    std::chrono::milliseconds pause_{0};    // the last one while waiting

    SteadyTime lease_asked_at_;
    SteadyTime lease_end_;  // counted from before it was asked for: never later than the store's own
    bool may_send_{false};
    storage::LeaseTaken taken_;
    bool the_one_before_{false};  // is what is presented, the current one having been refused

    storage::RefreshedGrant refreshed_;
    storage::RefreshFailure consequence_;
    oauth::ProviderFailure reason_;
};

/// The failure of a request that did not leave because the right to send it had run out.
[[nodiscard]] oauth::ProviderFailure ran_out_before_sending();

/// The name under which a process takes leases. A failure whose recording was not answered may yet reach the store, and
/// would end a lease that the same name has taken meanwhile: so the name changes. Not thread-safe.
class LeaseOwner {
public:
    explicit LeaseOwner(std::string process) : process_(std::move(process)) {}

    [[nodiscard]] std::string name() const {
        return changes_ == 0 ? process_ : process_ + "+" + std::to_string(changes_);
    }
    void change() noexcept { ++changes_; }

private:
    std::string process_;
    unsigned changes_{0};
};

}  // namespace evergrant::broker
