#pragma once
//
// Ledger provider: an authorization server that writes down every presentation of a refresh token, from the moment its
// request is on the wire, and objects at once to one that must not be.
//
#include "oauth/failure.h"
#include "oauth/token_set.h"
#include "storage/connection.h"
#include "world.h"

#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace evergrant::simulation {

enum class Rotation : std::uint8_t {
    is_static,
    grace_repeats,  ///< within the grace the same successor comes again
    grace_renews,   ///< within the grace another successor comes, and the one before it dies
    strict,         ///< a refresh token that comes twice ends the grant
};

struct Presentation {
    std::string token;
    storage::Generation generation{0};
    bool the_one_before{false};
    unsigned attempts{0};  ///< as the intent counts them
    std::size_t replica{0};
    Time lease_end{0};  ///< by the store's clock, in true time; renewals not counted
    Time written{0};
    Time deadline{0};    ///< when its sender stops waiting
    Time in_network{0};  ///< until when its request may still be on its way

    std::optional<Time> ended;  ///< its sender has an answer, gave up, or died
    bool granted{false};
    bool answer_lost{false};   ///< it never arrived at a living process
    bool died_with_it{false};  ///< the process died before the answer was durable
    std::string successor;     ///< the refresh token it was granted
};

class LedgerProvider {
public:
    LedgerProvider(World& world, Rotation rotation, Time grace, std::size_t grants);

    /// A request goes on the wire. `row`: the connection as the store has it.
    std::shared_ptr<Presentation> begin(std::size_t grant, Presentation presentation, const storage::Connection& row);
    /// The request is here: decides and says what the answer will be.
    std::expected<oauth::TokenSet, oauth::ProviderFailure> decide(std::size_t grant, Presentation& presentation,
                                                                  Instant wall_of_sender);

    [[nodiscard]] bool accepts(std::size_t grant, const std::string& token) const;
    [[nodiscard]] std::string first_token(std::size_t grant) const { return "r" + std::to_string(grant) + ".0"; }
    [[nodiscard]] const std::vector<std::shared_ptr<Presentation>>& ledger(std::size_t grant) const {
        return grants_[grant].ledger;
    }
    [[nodiscard]] std::size_t presentations() const noexcept { return presentations_; }

    static constexpr seconds token_life{300};

private:
    struct Known {
        std::optional<Time> replaced_at;
        std::string successor;
        bool dead{false};
    };
    struct Grant {
        std::map<std::string, Known> tokens;
        bool revoked{false};
        unsigned issued{0};
        std::vector<std::shared_ptr<Presentation>> ledger;
    };

    std::string issue(std::size_t grant);
    std::optional<std::string> rotate(std::size_t grant, const std::string& token);
    std::optional<std::string> again_within_grace(std::size_t grant, Known& known);

    World& world_;
    Rotation rotation_;
    Time grace_;
    std::vector<Grant> grants_;
    std::size_t presentations_{0};
};

}  // namespace evergrant::simulation
