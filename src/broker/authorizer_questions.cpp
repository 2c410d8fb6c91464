//
// The Authorizer's questions: authorizations that wait for a person's yes, and how they end.
//
#include "base/log.h"
#include "broker/authorizer.h"
#include "broker/browser_binding.h"

#include <utility>

namespace evergrant::broker {

namespace {

std::unexpected<Error> no_such_question() {
    return failure(Errc::invalid_state, "This question was answered before, or its time is over.");
}

std::unexpected<Error> declined() {
    return failure(Errc::authorization_denied, "Nothing was changed: the answer was no.");
}

}  // namespace

async::Task<Authorizer::Settled> Authorizer::ask(storage::PendingAuthorization pending, SecretString held,
                                                 SecretString browser_secret) {
    AuthorizationQuestion question;
    question.key = pending.key;
    question.provider_name = parts_.catalog.find(pending.provider)->name;
    question.handle = SecretString(parts_.random.token());
    question.answer_url = parts_.redirects.base_url + "/api/oauth/confirm/" + question.handle.reveal() + "/";
    // A browser that runs several authorizations keeps one cookie for them.
    question.browser_secret = browser_secret_for(std::move(browser_secret), parts_.random);
    pending.state_hash = hash_of_secret(question.handle.reveal());
    pending.browser_hash = hash_of_secret(question.browser_secret.reveal());
    pending.ticket_hash.clear();
    pending.authorization_url = SecretString();
    pending.held = std::move(held);
    pending.created_at = parts_.clock.now();
    pending.expires_at = pending.created_at + parts_.life;
    const auto saved = co_await parts_.store.save_authorization(std::move(pending));
    if (!saved)
        co_return std::unexpected(saved.error());
    co_return std::optional(std::move(question));
}

async::Task<Authorizer::Settled> Authorizer::ask_about_person(storage::PendingAuthorization pending,
                                                              storage::NewGrant grant,
                                                              std::optional<oauth::Identity> granted_before,
                                                              SecretString browser_secret) {
    pending.code_verifier = SecretString();  // is spent
    constexpr std::chrono::minutes after_the_last_answer{2};
    const auto revocation = co_await parts_.revoker.revoke_unless_taken_back(connection_of(grant.clone()),
                                                                             parts_.life + after_the_last_answer);
    if (!revocation) {
        static_cast<void>(parts_.keeper.discard(std::move(grant), true));
        co_return std::unexpected(revocation.error());
    }
    auto question = co_await ask(std::move(pending), write_held(grant, *revocation), std::move(browser_secret));
    if (!question) {
        // Another person's grant ends alone: nothing of the one that stands goes with it.
        static_cast<void>(parts_.keeper.discard(std::move(grant), true));
        co_return question;
    }
    (*question)->granted_before = std::move(granted_before);
    (*question)->granted_now = std::move(grant.granted_by);
    co_return question;
}

async::Task<Result<AuthorizationFinished>> Authorizer::answer(AnswerReceived received) {
    Ending ending;
    ending.event.address = received.address;
    ending.event.request_id = received.request_id;
    auto finished = co_await answer(std::move(received), &ending);
    tell(std::move(ending), finished);
    co_return finished;
}

async::Task<Result<AuthorizationFinished>> Authorizer::answer(AnswerReceived received, Ending* ending) {
    auto pending = co_await spend(received.handle.reveal());
    if (!pending)
        co_return std::unexpected(std::move(pending).error());
    ending->event.actor = pending->started_by;
    ending->event.tenant = pending->key.tenant.str();
    ending->event.integration = pending->key.integration.str();
    if (pending->held.empty() || !is_the_browser(pending->browser_hash, received.browser_secret))
        co_return no_such_question();
    const catalog::Provider* provider = parts_.catalog.find(pending->provider);
    if (provider == nullptr)
        co_return no_such_question();
    ending->provider = provider->id;
    ending->person_declined = !received.yes;
    auto settled = co_await go_on(pending->clone(), std::move(received));
    co_return ended(*pending, std::move(settled), ending);
}

async::Task<Authorizer::Settled> Authorizer::go_on(storage::PendingAuthorization pending, AnswerReceived received) {
    auto held = read_held(pending.held);
    if (!held)
        co_return no_such_question();
    if (auto* grant = std::get_if<HeldGrant>(&*held)) {
        auto settled = co_await keep_held(std::move(pending), std::move(*grant), received.yes);
        co_return settled;
    }
    if (!received.yes)
        co_return declined();
    CallbackReceived callback;
    callback.query = std::get<HeldCallback>(*held).query.reveal();
    callback.browser_secret = std::move(received.browser_secret);
    auto parsed = oauth::parse_callback(callback.query);
    if (!parsed)
        co_return std::unexpected(std::move(parsed).error());
    co_return co_await obtain(std::move(pending), std::move(*parsed), std::move(callback));
}

async::Task<Authorizer::Settled> Authorizer::keep_held(storage::PendingAuthorization pending, HeldGrant held,
                                                       bool yes) {
    const auto taken_back = co_await parts_.revoker.take_back(held.revocation);
    if (!taken_back)
        co_return std::unexpected(taken_back.error());
    if (!*taken_back)
        co_return no_such_question();
    storage::NewGrant grant = new_grant(pending, std::move(held.params), std::move(held.tokens));
    grant.granted_by = std::move(held.granted_by);
    if (!yes) {
        // As above: another person's grant ends alone.
        static_cast<void>(parts_.keeper.discard(std::move(grant), true));
        co_return declined();
    }
    const auto standing = co_await parts_.store.find_connection(pending.key);
    const bool first = standing && !standing->has_value();
    co_return co_await settle(std::move(grant), first, Replacing::anybodys);
}

AuthorizationFinished Authorizer::ended(const storage::PendingAuthorization& pending, Settled settled,
                                        Ending* ending) const {
    if (settled && *settled) {
        AuthorizationFinished asked;
        asked.question = std::move(*settled);
        return asked;
    }
    if (!settled)
        ending->failed = settled.error();
    const std::string_view reason = settled ? std::string_view() : traits_of(settled.error().code).name;
    return way_on(pending.redirect_to, pending.key.tenant, pending.provider, reason);
}

}  // namespace evergrant::broker
