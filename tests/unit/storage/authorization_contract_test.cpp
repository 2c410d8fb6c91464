#include "store_contract.h"

namespace evergrant::storage {

namespace {

const std::string some_state(32, '\x01');
const std::string some_ticket(32, '\x02');
const std::string some_browser(32, '\x03');

PendingAuthorization pending_until(Instant expires_at) {
    PendingAuthorization pending;
    pending.state_hash = some_state;
    pending.key = some_key;
    pending.provider = ProviderId("zoho_crm");
    pending.client_id = "client-1";
    pending.params = {{"region", "eu"}};
    pending.scopes = {"contacts.read"};
    pending.redirect_uri = "https://evergrant.example/api/oauth/callback";
    pending.issuer = "https://accounts.example";
    pending.issuer_required = true;
    pending.code_verifier = SecretString("verifier-1");
    pending.nonce = "nonce-1";
    pending.redirect_to = "https://app.example/done";
    pending.started_by = "user-1";
    pending.ticket_hash = some_ticket;
    pending.authorization_url = SecretString("https://accounts.example/authorize?state=secret");
    pending.held = SecretString("a callback that waits");
    pending.created_at = expires_at - std::chrono::minutes(10);
    pending.expires_at = expires_at;
    return pending;
}

}  // namespace

TEST_P(AuthorizationContract, what_is_spent_is_what_was_saved) {
    const Instant expires_at = clock_.now() + std::chrono::minutes(10);
    ask(store().save_authorization(pending_until(expires_at)));

    const auto spent = ask(store().spend_authorization(some_state, clock_.now()));

    ASSERT_TRUE(spent);
    EXPECT_EQ(spent->state_hash, some_state);
    EXPECT_EQ(spent->key, some_key);
    EXPECT_EQ(spent->provider, ProviderId("zoho_crm"));
    EXPECT_EQ(spent->client_id, "client-1");
    EXPECT_EQ(spent->params, (catalog::Parameters{{"region", "eu"}}));
    EXPECT_EQ(spent->scopes, std::vector<std::string>{"contacts.read"});
    EXPECT_EQ(spent->redirect_uri, "https://evergrant.example/api/oauth/callback");
    EXPECT_EQ(spent->issuer, "https://accounts.example");
    EXPECT_TRUE(spent->issuer_required);
    EXPECT_EQ(spent->code_verifier.reveal(), "verifier-1");
    EXPECT_EQ(spent->nonce, "nonce-1");
    EXPECT_EQ(spent->redirect_to, "https://app.example/done");
    EXPECT_EQ(spent->started_by, "user-1");
    EXPECT_EQ(spent->ticket_hash, some_ticket);
    EXPECT_EQ(spent->browser_hash, "");
    EXPECT_EQ(spent->authorization_url.reveal(), "https://accounts.example/authorize?state=secret");
    EXPECT_EQ(spent->held.reveal(), "a callback that waits");
    EXPECT_EQ(spent->created_at, clock_.now());
    EXPECT_EQ(spent->expires_at, expires_at);
}

TEST_P(AuthorizationContract, of_fifty_who_spend_one_state_one_gets_it) {
    ask(store().save_authorization(pending_until(clock_.now() + std::chrono::minutes(10))));
    std::vector<Task<Result<std::optional<PendingAuthorization>>>> calls;
    for (int i = 0; i < 50; ++i)
        calls.push_back(store().spend_authorization(some_state, clock_.now()));

    const auto answers = ask_all(std::move(calls));

    EXPECT_EQ(std::ranges::count_if(answers, [](const auto& answer) { return answer.has_value(); }), 1);
}

TEST_P(AuthorizationContract, an_unknown_state_is_nothing) {
    EXPECT_FALSE(ask(store().spend_authorization(some_state, clock_.now())));
}

TEST_P(AuthorizationContract, a_spent_state_stays_spent_after_a_restart) {
    ask(store().save_authorization(pending_until(clock_.now() + std::chrono::minutes(10))));
    ask(store().spend_authorization(some_state, clock_.now()));

    restart();

    EXPECT_FALSE(ask(store().spend_authorization(some_state, clock_.now())));
}

TEST_P(AuthorizationContract, a_state_is_expired_from_its_last_instant_on) {
    ask(store().save_authorization(pending_until(clock_.now() + std::chrono::minutes(10))));
    clock_.advance(std::chrono::minutes(10));

    EXPECT_FALSE(ask(store().spend_authorization(some_state, clock_.now())));
}

TEST_P(AuthorizationContract, a_state_in_use_is_not_replaced) {
    ask(store().save_authorization(pending_until(clock_.now() + std::chrono::minutes(10))));

    const Errc again = refusal(store().save_authorization(pending_until(clock_.now() + std::chrono::minutes(20))));

    EXPECT_EQ(again, Errc::conflict);
}

TEST_P(AuthorizationContract, a_ticket_opens_once_and_binds_the_browser) {
    ask(store().save_authorization(pending_until(clock_.now() + std::chrono::minutes(10))));

    const auto first = ask(store().open_ticket(some_ticket, some_browser, clock_.now()));
    const auto second = ask(store().open_ticket(some_ticket, std::string(32, '\x04'), clock_.now()));

    ASSERT_TRUE(first);
    EXPECT_EQ(first->reveal(), "https://accounts.example/authorize?state=secret");
    EXPECT_FALSE(second);
    EXPECT_EQ(ask(store().spend_authorization(some_state, clock_.now()))->browser_hash, some_browser);
}

TEST_P(AuthorizationContract, an_unknown_or_expired_ticket_opens_nothing) {
    ask(store().save_authorization(pending_until(clock_.now() + std::chrono::minutes(10))));

    EXPECT_FALSE(ask(store().open_ticket(std::string(32, '\x09'), some_browser, clock_.now())));
    EXPECT_FALSE(ask(store().open_ticket(some_ticket, some_browser, clock_.now() + std::chrono::minutes(10))));
}

TEST_P(AuthorizationContract, authorizations_without_a_ticket_do_not_collide) {
    for (const char mark : {'\x11', '\x12'}) {
        PendingAuthorization pending = pending_until(clock_.now() + std::chrono::minutes(10));
        pending.state_hash = std::string(32, mark);
        pending.ticket_hash.clear();
        ask(store().save_authorization(std::move(pending)));
    }

    EXPECT_TRUE(ask(store().spend_authorization(std::string(32, '\x11'), clock_.now())));
    EXPECT_TRUE(ask(store().spend_authorization(std::string(32, '\x12'), clock_.now())));
}

TEST_P(AuthorizationContract, a_sweep_removes_what_has_expired_and_counts_it) {
    for (const int minutes : {1, 2, 30}) {
        PendingAuthorization pending = pending_until(clock_.now() + std::chrono::minutes(minutes));
        pending.state_hash = std::string(32, static_cast<char>(minutes));
        pending.ticket_hash.clear();
        ask(store().save_authorization(std::move(pending)));
    }
    clock_.advance(std::chrono::minutes(2));

    EXPECT_EQ(ask(store().sweep_authorizations(clock_.now())), 2U);
    EXPECT_EQ(ask(store().sweep_authorizations(clock_.now())), 0U);
    EXPECT_TRUE(ask(store().spend_authorization(std::string(32, '\x1e'), clock_.now())));
}

}  // namespace evergrant::storage
