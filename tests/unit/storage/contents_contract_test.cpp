// Everything a store holds, out of it and into another of its kind.
#include "contents_contract.h"

namespace evergrant::storage {

namespace {

/// A source that fails before it gives anything.
class UnreadableContents final : public StoreContents {
public:
    explicit UnreadableContents(StoreContents& all) : all_(all) {}

    Task<Result<std::string>> identity() override { return all_.identity(); }
    Task<Result<ContentCounts>> count() override { return all_.count(); }
    Task<Result<Page<ContentItem>>> read_page(ContentKind, std::string, std::size_t) override {
        co_return failure(Errc::store_unavailable, "The source cannot be read.");
    }
    Task<Result<void>> write_page(std::vector<ContentItem>, std::string) override { co_return Result<void>(); }
    Task<Result<std::string>> note() override { return all_.note(); }

private:
    StoreContents& all_;
};

}  // namespace

TEST_P(ContentsContract, what_goes_out_of_a_store_and_into_another_comes_out_of_that_the_same) {
    fill();
    std::vector<ContentItem> items;
    for (const ContentKind kind : all_kinds) {
        auto page = ask(source().read_page(kind, "", 100));
        std::ranges::move(page.items, std::back_inserter(items));
    }

    ask(target().write_page(std::move(items), ""));

    EXPECT_EQ(everything(target(), 100), everything(source(), 100));
    EXPECT_EQ(ask(target().count()), ask(source().count()));
}

TEST_P(ContentsContract, pages_of_any_size_hold_every_item_once_and_in_the_same_order) {
    fill();

    const auto all = everything(source(), 100);

    const ContentCounts expected{3, 3, 3, 5, 2, 3, 1, 2, 1};
    EXPECT_EQ(ask(source().count()), expected);
    EXPECT_EQ(all.size(), 23U);
    EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), all.size());
    for (const std::size_t size : {1U, 2U, 3U})
        EXPECT_EQ(everything(source(), size), all) << size;
}

TEST_P(ContentsContract, a_tenant_removed_without_a_connection_leaves_no_generation_floor) {
    Tenant tenant;
    tenant.id = TenantId("acme");
    ask(store().create_tenant(std::move(tenant)));
    ask(store().remove_tenant(TenantId("acme")));

    EXPECT_EQ(ask(source().count()), ContentCounts{});
    EXPECT_TRUE(ask(source().read_page(ContentKind::generation_floor, "", 10)).items.empty());
}

TEST_P(ContentsContract, what_is_written_again_stands_there_once) {
    fill();

    for (int times = 0; times < 2; ++times)
        for (const ContentKind kind : all_kinds) {
            auto page = ask(source().read_page(kind, "", 100));
            ask(target().write_page(std::move(page.items), ""));
        }

    EXPECT_EQ(everything(target(), 100), everything(source(), 100));
}

TEST_P(ContentsContract, a_note_is_kept_until_it_is_replaced) {
    EXPECT_EQ(ask(target().note()), "");

    ask(target().write_page({}, "as far as acme"));
    EXPECT_EQ(ask(target().note()), "as far as acme");
    ask(target().write_page({}, ""));
    EXPECT_EQ(ask(target().note()), "");
}

TEST_P(ContentsContract, every_store_has_an_identity_of_its_own_and_keeps_it) {
    const std::string identity = ask(source().identity());

    EXPECT_NE(identity, ask(target().identity()));
    restart();
    EXPECT_EQ(ask(source().identity()), identity);
}

TEST_P(ContentsContract, a_moved_store_goes_on_as_the_other_would_have) {
    fill();
    ASSERT_TRUE(copied_until(-1, 2));

    Store& moved = other_->store();

    EXPECT_FALSE(ask(moved.first_time("third")));
    const auto claimed = ask(moved.claim_due_connections({"two", std::chrono::minutes(1), 10, true}));
    ASSERT_EQ(claimed.size(), 1U);
    EXPECT_EQ(claimed.front().key.integration.str(), "abandoned");
    const auto taken = std::get<LeaseTaken>(ask(moved.take_lease({some_key, "two", lease_duration, 0})));
    EXPECT_EQ(taken.connection.summary.intent->attempts, 2U);
    const auto again = ask(moved.save_grant(some_grant({TenantId("globex"), IntegrationId("removed")})));
    EXPECT_EQ(again.summary.generation, 3U);
    const auto spent = ask(moved.spend_authorization(pending_of("2").state_hash, clock_.now()));
    EXPECT_EQ(spent->code_verifier.reveal(), "verifier-2");
}

TEST_P(ContentsContract, a_copy_that_is_cut_off_after_any_page_is_gone_on_with_by_the_next) {
    fill();

    int cuts = 0;
    do {
        EXPECT_FALSE(copied_until(0, 1));
        ++cuts;
    } while (is_unfinished_copy(ask(target().note())));

    EXPECT_EQ(cuts, 22);
    EXPECT_TRUE(copied_until(-1, 1));
    EXPECT_EQ(everything(target(), 100), everything(source(), 100));
}

TEST_P(ContentsContract, nobody_is_served_from_the_target_before_the_first_item_is_in_it) {
    fill();
    UnreadableContents unreadable(source());

    EXPECT_EQ(refusal(copy_contents(&unreadable, &target(), {})), Errc::store_unavailable);

    EXPECT_TRUE(is_unfinished_copy(ask(target().note())));
    EXPECT_TRUE(copied_until(-1, 100));
    EXPECT_FALSE(report_.resumed);
}

TEST_P(ContentsContract, a_copy_says_what_it_copied_and_whether_it_went_on) {
    fill();

    ASSERT_FALSE(copied_until(3, 2));
    EXPECT_TRUE(is_unfinished_copy(ask(target().note())));
    ASSERT_TRUE(copied_until(-1, 2));
    EXPECT_TRUE(report_.resumed);
    EXPECT_EQ(report_.counts, ask(source().count()));
    ASSERT_TRUE(copied_until(-1, 2));
    EXPECT_FALSE(report_.resumed);
    EXPECT_TRUE(report_.was_finished);
}

TEST_P(ContentsContract, a_target_that_holds_other_data_is_refused_and_stays_as_it_is) {
    fill();
    ask(other_->store().save_grant(some_grant({TenantId("other"), IntegrationId("crm")})));

    EXPECT_EQ(refusal(copy_contents(&source(), &target(), {})), Errc::conflict);

    const ContentCounts expected{0, 0, 0, 1, 0, 0, 0};
    EXPECT_EQ(ask(target().count()), expected);
}

TEST_P(ContentsContract, a_target_that_has_changed_since_the_copy_is_told_from_the_source) {
    fill();
    ASSERT_TRUE(copied_until(-1, 100));
    ask(other_->store().save_grant(some_grant(some_key, "newer")));

    EXPECT_EQ(refusal(copy_contents(&source(), &target(), {})), Errc::conflict);
}

TEST_P(ContentsContract, a_store_is_not_copied_into_itself) {
    fill();

    EXPECT_EQ(refusal(copy_contents(&source(), &source(), {})), Errc::conflict);
}

TEST_P(ContentsContract, fingerprints_tell_secrets_apart) {
    HeldConnection one;
    one.connection.tokens = full_tokens("1");
    HeldConnection other;
    other.connection.tokens = full_tokens("1");
    HeldConnection third;
    third.connection.tokens = full_tokens("1");
    third.connection.tokens.replaced.emplace(SecretString("of before"), clock_.now());
    EXPECT_EQ(fingerprint(HeldConnection{}), fingerprint(HeldConnection{}));
    const std::string before = fingerprint(ContentItem(std::move(one)));
    other.connection.tokens.refresh_token = SecretString("another");

    EXPECT_NE(fingerprint(ContentItem(std::move(other))), before);
    EXPECT_NE(fingerprint(ContentItem(std::move(third))), before);
}

}  // namespace evergrant::storage
