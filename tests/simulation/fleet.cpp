#include "fleet.h"

#include "replica.h"

#include <algorithm>

namespace evergrant::simulation {

namespace {

std::string words(std::size_t grant, const std::string& what) {
    return "grant " + std::to_string(grant) + ": " + what;
}

}  // namespace

Fleet::Fleet(World& its_world, Rotation its_rotation, Time its_grace, std::size_t how_many, std::size_t how_many_grants)
    : world(its_world),
      rotation(its_rotation),
      grace(its_grace),
      store([this] { return store_time(); }, its_world.flaw()),
      provider(its_world, its_rotation, its_grace, how_many_grants),
      grants(how_many_grants) {
    for (std::size_t grant = 0; grant < grants; ++grant) {
        storage::NewGrant granted;
        granted.key = key_of(grant);
        granted.provider = ProviderId("simulated");
        granted.tokens.access_token = SecretString("access-0");
        granted.tokens.refresh_token = SecretString(provider.first_token(grant));
        store.save(std::move(granted));
    }
    for (std::size_t index = 0; index < how_many; ++index)
        replicas.push_back(std::make_unique<Replica>(*this, index));
}

Fleet::~Fleet() = default;

ConnectionKey Fleet::key_of(std::size_t grant) const {
    return {TenantId("acme"), IntegrationId("grant-" + std::to_string(grant))};
}

catalog::RefreshPolicy Fleet::catalogue_entry() const {
    catalog::RefreshPolicy policy;
    policy.kind = catalog::RefreshPolicyKind::rotates_with_grace;
    policy.grace = std::chrono::floor<seconds>(grace);
    if (rotation == Rotation::is_static)
        policy.kind = catalog::RefreshPolicyKind::is_static;
    if (rotation == Rotation::strict)
        policy.kind = catalog::RefreshPolicyKind::rotates_strictly;
    return policy;
}

Time Fleet::transit() {
    if (!world.chance(weather.slow))
        return world.between(Time(1), Time(15));
    // What a client has given up on may still arrive.
    return world.between(Time(15), Time(4'500));
}

void Fleet::publish(std::size_t from, std::size_t grant) {
    for (std::size_t index = 0; index < replicas.size(); ++index) {
        if (index == from || world.chance(weather.news_lost))
            continue;
        world.after(transit(), [this, index, grant] { replicas[index]->heard(grant); });
    }
}

void Fleet::store_away_for(Time how_long) {
    world.note("store", "is away for " + std::to_string(how_long.count()) + " ms");
    ++store_away;
    for (const auto& replica : replicas)
        replica->note_trouble(world.now(), world.now() + how_long);
    world.after(how_long, [this] { --store_away; });
}

void Fleet::judge() const {
    for (std::size_t index = 0; index < replicas.size(); ++index)
        if (replicas[index]->rescued() > 0)
            throw Violation("replica " + std::to_string(index) + " still holds what it rescued");
    for (std::size_t grant = 0; grant < grants; ++grant) {
        const auto row = store.find(key_of(grant));
        const storage::ConnectionSummary& summary = row->summary;
        if (summary.status == storage::ConnectionStatus::invalid) {
            judge_loss(grant, *row);
            continue;
        }
        if (summary.status != storage::ConnectionStatus::healthy)
            throw Violation(words(grant, "has not settled"));
        if (!summary.last_refresh || *summary.last_refresh + minutes(20) < store_time())
            throw Violation(words(grant, "is not refreshed any more"));
        const auto& before = row->tokens.replaced;
        if (!provider.accepts(grant, row->tokens.refresh_token.reveal()) &&
            !(before && provider.accepts(grant, before->refresh_token.reveal())))
            throw Violation(words(grant, "looks healthy and is dead"));
    }
}

void Fleet::judge_loss(std::size_t grant, const storage::Connection& row) const {
    if (rotation == Rotation::is_static)
        throw Violation(words(grant, "lost, although the refresh token never changes"));
    if (rotation == Rotation::strict)
        return judge_strict_loss(grant, row);
    // A short grace may be over before the faults are; a long one is not.
    if (grace > world.now())
        throw Violation(words(grant, "lost within its grace"));
    if (provider.accepts(grant, row.tokens.refresh_token.reveal()))
        throw Violation(words(grant, "given up and alive"));
}

/// No client could have saved it: the answer went with the process, or could not be written while the lease lasted.
void Fleet::judge_strict_loss(std::size_t grant, const storage::Connection& row) const {
    const auto& ledger = provider.ledger(grant);
    for (std::size_t first = 0; first < ledger.size(); ++first) {
        const Presentation& granted = *ledger[first];
        if (!granted.granted)
            continue;
        const auto again = std::find_if(ledger.begin() + static_cast<std::ptrdiff_t>(first) + 1, ledger.end(),
                                        [&](const auto& later) { return later->token == granted.token; });
        if (again == ledger.end())
            continue;
        const Time killed = (*again)->written;
        const bool excused = granted.answer_lost || granted.died_with_it ||
                             replicas[granted.replica]->in_trouble(killed - seconds(20), killed);
        if (!excused)
            throw Violation(words(grant, "lost, although the answer to " + granted.token + " was there"));
        const bool written_later = row.summary.generation > granted.generation;
        if (!written_later && row.summary.last_error.find("never arrived") == std::string::npos)
            throw Violation(words(grant, "lost silently"));
        return;
    }
    throw Violation(words(grant, "lost without a second presentation"));
}

}  // namespace evergrant::simulation
