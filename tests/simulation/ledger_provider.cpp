#include "ledger_provider.h"

#include <algorithm>
#include <utility>

namespace evergrant::simulation {

namespace {

std::string words(const Presentation& one) {
    return one.token + " of generation " + std::to_string(one.generation) + " by replica " +
           std::to_string(one.replica) + " at " + std::to_string(one.written.count()) + " ms";
}

}  // namespace

LedgerProvider::LedgerProvider(World& world, Rotation rotation, Time grace, std::size_t grants)
    : world_(world), rotation_(rotation), grace_(grace), grants_(grants) {
    for (std::size_t grant = 0; grant < grants; ++grant)
        grants_[grant].tokens[first_token(grant)];
}

std::shared_ptr<Presentation> LedgerProvider::begin(std::size_t grant, Presentation presentation,
                                                    const storage::Connection& row) {
    auto& ledger = grants_[grant].ledger;
    unsigned times = 0;
    bool current_was_tried = false;
    for (const auto& earlier : ledger) {
        const bool over = earlier->in_network <= world_.now() && (earlier->ended || earlier->deadline <= world_.now());
        if (earlier->token == presentation.token && !over)
            throw Violation("two presentations overlap: " + words(*earlier) + ", and " + words(presentation));
        if (earlier->generation != presentation.generation)
            continue;
        times += earlier->token == presentation.token;
        current_was_tried = current_was_tried || !earlier->the_one_before;
    }
    if (row.summary.generation != presentation.generation)
        throw Violation("presented after its replacement was stored: " + words(presentation));
    if (presentation.attempts <= times)
        throw Violation("presented again and the intent does not say so: " + words(presentation));
    if (presentation.the_one_before && !current_was_tried)
        throw Violation("the token before was tried before the current one: " + words(presentation));
    ++presentations_;
    ledger.push_back(std::make_shared<Presentation>(std::move(presentation)));
    return ledger.back();
}

std::expected<oauth::TokenSet, oauth::ProviderFailure> LedgerProvider::decide(std::size_t grant,
                                                                              Presentation& presentation,
                                                                              Instant wall_of_sender) {
    const auto successor = rotate(grant, presentation.token);
    if (!successor) {
        oauth::ProviderFailure dead;
        dead.failure = oauth::FailureClass::dead_grant;
        dead.code = "invalid_grant";
        dead.reason = "The provider no longer accepts the refresh token.";
        return std::unexpected(std::move(dead));
    }
    presentation.granted = true;
    presentation.successor = *successor;
    oauth::TokenSet tokens;
    tokens.access_token = SecretString("access-" + *successor + "-" + std::to_string(presentations_));
    if (rotation_ != Rotation::is_static)
        tokens.refresh_token = SecretString(*successor);
    tokens.lifetime = token_life;
    tokens.expires_at = std::chrono::floor<seconds>(wall_of_sender) + token_life;
    return tokens;
}

std::string LedgerProvider::issue(std::size_t grant) {
    std::string token = "r" + std::to_string(grant) + "." + std::to_string(++grants_[grant].issued);
    grants_[grant].tokens[token];
    return token;
}

std::optional<std::string> LedgerProvider::rotate(std::size_t grant, const std::string& token) {
    Grant& held = grants_[grant];
    const auto found = held.tokens.find(token);
    if (found == held.tokens.end())
        throw Violation("a refresh token that was never issued: " + token);
    Known& known = found->second;
    if (rotation_ == Rotation::is_static)
        return token;
    if (held.revoked || known.dead)
        return std::nullopt;
    if (!known.replaced_at) {
        known.replaced_at = world_.now();
        known.successor = issue(grant);
        return known.successor;
    }
    if (rotation_ == Rotation::strict) {
        held.revoked = true;
        return std::nullopt;
    }
    return again_within_grace(grant, known);
}

std::optional<std::string> LedgerProvider::again_within_grace(std::size_t grant, Known& known) {
    if (world_.now() >= *known.replaced_at + grace_)
        return std::nullopt;
    if (rotation_ == Rotation::grace_renews) {
        grants_[grant].tokens[known.successor].dead = true;
        known.successor = issue(grant);
    }
    return known.successor;
}

bool LedgerProvider::accepts(std::size_t grant, const std::string& token) const {
    const Grant& held = grants_[grant];
    const auto found = held.tokens.find(token);
    if (found == held.tokens.end() || held.revoked || found->second.dead)
        return false;
    if (!found->second.replaced_at)
        return true;
    const bool has_grace = rotation_ == Rotation::grace_repeats || rotation_ == Rotation::grace_renews;
    return has_grace && world_.now() < *found->second.replaced_at + grace_;
}

}  // namespace evergrant::simulation
