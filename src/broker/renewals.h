#pragma once
//
// Renewals: what a renewal link opens: how its connection stands, and, while that needs a person, the authorization
// that renews it. Whoever holds the link may do that and nothing else. One for each shard.
//
#include "broker/authorizer.h"
#include "broker/renewal_link.h"
#include "catalog/catalog.h"
#include "storage/store.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace evergrant::broker {

/// How the connection of a renewal link stands.
enum class RenewalState : std::uint8_t {
    gone,     ///< there is no such connection any more
    dead,     ///< only a person can renew it
    failing,  ///< its last refresh failed
    ending,   ///< its grant ends on a known day, and a notice of it has come due
    fine,     ///< nothing is to be done
};

/// The contract's word.
[[nodiscard]] std::string_view name_of(RenewalState state) noexcept;

struct Renewal {
    RenewalSubject subject;
    std::string provider_name;  ///< as the catalogue has it for people
    RenewalState state{RenewalState::fine};
    std::optional<sys_seconds> ends;  ///< of `ending`: the grant

    [[nodiscard]] bool is_needed() const noexcept { return state != RenewalState::fine; }
};

class Renewals {
public:
    /// Who began such an authorization, in the audit log.
    static constexpr std::string_view actor = "renewal link";

    struct Parts {
        storage::Store& store;
        const catalog::Catalog& catalog;
        Authorizer& authorizer;
        const Clock& clock;
        const RenewalLinks* links{nullptr};  ///< null: there are none
    };

    explicit Renewals(Parts parts) : parts_(std::move(parts)) {}

    /// Errors: invalid_state when the link is not a good one, or its tenant or provider is gone; store_unavailable.
    [[nodiscard]] async::Task<Result<Renewal>> look(std::string link);

    struct Begun {
        Renewal renewal;
        std::optional<AuthorizationStarted> started;  ///< nothing: it is not needed
    };
    /// As for an end user: the browser that opens the ticket is the one that comes back. Asks for the provider's own
    /// scopes and what the connection has beyond. Errors: those of `look` and of Authorizer::start.
    [[nodiscard]] async::Task<Result<Begun>> begin(std::string link);

private:
    struct Found {
        Renewal renewal;
        std::optional<storage::Connection> connection;
    };
    async::Task<Result<Found>> find(std::string link);

    Parts parts_;
};

}  // namespace evergrant::broker
