// Budgets: what all replicas together may do in a window of time.
#include "store_contract.h"

namespace evergrant::storage {

namespace {

BudgetRequest request_for(std::uint64_t wanted, const std::string& name = "refreshes of zoho") {
    return {name, std::chrono::seconds(600), 10, wanted};
}

}  // namespace

TEST_P(BudgetContract, what_is_wanted_is_granted_while_it_lasts) {
    EXPECT_EQ(ask(store().reserve_budget(request_for(4))).granted, 4U);
    EXPECT_EQ(ask(store().reserve_budget(request_for(4))).granted, 4U);
}

TEST_P(BudgetContract, who_wants_more_than_is_left_gets_what_is_left_and_then_nothing) {
    ask(store().reserve_budget(request_for(7)));

    EXPECT_EQ(ask(store().reserve_budget(request_for(7))).granted, 3U);
    EXPECT_EQ(ask(store().reserve_budget(request_for(1))).granted, 0U);
}

TEST_P(BudgetContract, windows_follow_each_other_from_1970_on_and_each_has_the_whole_budget) {
    // 1'800'000'000 s is a multiple of 600 s.
    clock_.advance(std::chrono::milliseconds(599'999));
    const BudgetShare last = ask(store().reserve_budget(request_for(10)));

    clock_.advance(std::chrono::milliseconds(1));
    const BudgetShare next = ask(store().reserve_budget(request_for(10)));

    EXPECT_EQ(last.window_left, std::chrono::milliseconds(1));
    EXPECT_EQ(next.granted, 10U);
    EXPECT_EQ(next.window_left, std::chrono::milliseconds(600'000));
}

TEST_P(BudgetContract, unused_parts_are_lost_with_the_window) {
    ask(store().reserve_budget(request_for(1)));
    clock_.advance(std::chrono::hours(1));

    EXPECT_EQ(ask(store().reserve_budget(request_for(30))).granted, 10U);
}

TEST_P(BudgetContract, each_name_has_a_budget_of_its_own) {
    ask(store().reserve_budget(request_for(10)));

    EXPECT_EQ(ask(store().reserve_budget(request_for(10, "refreshes of hubspot"))).granted, 10U);
}

TEST_P(BudgetContract, a_limit_that_was_lowered_holds_at_once) {
    ask(store().reserve_budget(request_for(8)));
    BudgetRequest lowered = request_for(1);
    lowered.limit = 5;

    EXPECT_EQ(ask(store().reserve_budget(std::move(lowered))).granted, 0U);
}

TEST_P(BudgetContract, of_many_who_ask_at_once_no_more_than_the_limit_is_granted) {
    std::vector<Task<Result<BudgetShare>>> calls;
    for (int i = 0; i < 50; ++i)
        calls.push_back(store().reserve_budget(request_for(1)));

    std::uint64_t granted = 0;
    for (const BudgetShare& share : ask_all(std::move(calls)))
        granted += share.granted;

    EXPECT_EQ(granted, 10U);
}

TEST_P(BudgetContract, what_was_taken_stays_taken_across_a_restart) {
    ask(store().reserve_budget(request_for(9)));

    restart();

    EXPECT_EQ(ask(store().reserve_budget(request_for(9))).granted, 1U);
}

}  // namespace evergrant::storage
