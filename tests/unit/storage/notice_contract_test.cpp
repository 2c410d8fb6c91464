// Notices of the ends of grants: each is told once, and a new grant's anew.
#include "alert_contract.h"

namespace evergrant::storage {

TEST_P(AlertContract, a_grant_whose_end_is_far_is_no_notice) {
    saved_mortal();

    EXPECT_TRUE(untold_notices().empty());
}

TEST_P(AlertContract, a_notice_is_told_once_with_the_day_of_the_end) {
    saved_mortal();
    notice_comes(14);

    const auto found = untold_notices();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].key, some_key);
    EXPECT_EQ(found[0].provider.str(), "zoho_crm");
    EXPECT_EQ(found[0].notice, 14U);
    EXPECT_EQ(found[0].dies_at, clock_.now_seconds() + std::chrono::days(30));
    EXPECT_EQ(tell_notices(), 1U);
    EXPECT_TRUE(untold_notices().empty());
    EXPECT_EQ(listed().size(), 1U);
}

TEST_P(AlertContract, a_notice_that_was_told_is_told_after_a_restart_no_more_and_its_alert_is_still_to_be_sent) {
    saved_mortal();
    notice_comes(14);
    tell_notices();

    restart();

    EXPECT_TRUE(untold_notices().empty());
    clock_.advance(pace.settle);
    EXPECT_EQ(to_send().size(), 1U);
}

TEST_P(AlertContract, a_nearer_notice_is_told_after_a_farther_one_and_never_before_it) {
    saved_mortal();
    for (const unsigned days : {14U, 7U, 1U}) {
        notice_comes(days);
        EXPECT_EQ(tell_notices(), 1U) << days;
    }

    for (const unsigned days : {0U, 14U, 7U, 1U}) {
        notice_comes(days);
        EXPECT_EQ(tell_notices(), 0U) << days;
    }
}

TEST_P(AlertContract, the_notices_of_a_new_grant_are_told_anew) {
    saved_mortal();
    notice_comes(14);
    tell_notices();

    saved_mortal();

    EXPECT_TRUE(untold_notices().empty());
    notice_comes(14);
    EXPECT_EQ(tell_notices(), 1U);
}

TEST_P(AlertContract, the_notices_of_an_end_that_a_refresh_puts_off_are_told_anew) {
    saved_mortal();
    notice_comes(1);
    tell_notices();

    const sys_seconds later = clock_.now_seconds() + std::chrono::days(130);
    ask(store().complete_refresh({leased("one"), full_tokens("2"), std::nullopt, std::nullopt, later}));

    EXPECT_TRUE(untold_notices().empty());
    notice_comes(14);
    EXPECT_EQ(tell_notices(), 1U);
}

TEST_P(AlertContract, a_refresh_that_leaves_the_end_where_it_was_repeats_no_notice) {
    saved_mortal();
    notice_comes(14);
    tell_notices();

    completed(leased("one"), "2");

    EXPECT_TRUE(untold_notices().empty());
}

TEST_P(AlertContract, a_life_that_each_refresh_renews_brings_no_notice_until_the_refreshes_end) {
    const auto life = std::chrono::days(7);
    NewGrant grant = some_grant();
    grant.dies_at = clock_.now_seconds() + life;
    ask(store().save_grant(std::move(grant)));
    clock_.advance(std::chrono::hours(1));
    const sys_seconds later = clock_.now_seconds() + life;
    ask(store().complete_refresh({leased("one"), full_tokens("2"), std::nullopt, std::nullopt, later}));

    notice_comes(7);
    EXPECT_TRUE(untold_notices().empty());

    clock_.advance(std::chrono::days(6));
    notice_comes(1);
    EXPECT_EQ(tell_notices(), 1U);
}

TEST_P(AlertContract, a_refresh_that_tells_the_same_end_to_the_second_keeps_no_notice_from_being_told) {
    saved_mortal();
    clock_.advance(std::chrono::days(17));
    const sys_seconds same = clock_.now_seconds() + std::chrono::days(13) + std::chrono::seconds(1);
    ask(store().complete_refresh({leased("one"), full_tokens("2"), std::nullopt, std::nullopt, same}));

    notice_comes(14);

    EXPECT_EQ(tell_notices(), 1U);
}

TEST_P(AlertContract, a_notice_that_a_new_grant_has_overtaken_is_left) {
    saved_mortal();
    notice_comes(14);
    const auto seen = untold_notices();
    saved_mortal();

    EXPECT_EQ(tell_all_of(seen), 0U);
    EXPECT_TRUE(listed().empty());
}

TEST_P(AlertContract, a_notice_that_a_nearer_one_has_overtaken_is_left) {
    saved_mortal();
    notice_comes(14);
    const auto seen = untold_notices();
    notice_comes(7);

    EXPECT_EQ(tell_all_of(seen), 0U);
    EXPECT_EQ(untold_notices().size(), 1U);
}

TEST_P(AlertContract, the_dead_get_no_notice) {
    saved_mortal();
    notice_comes(1);
    const auto seen = untold_notices();
    fails("crm", ConnectionStatus::invalid);

    EXPECT_TRUE(untold_notices().empty());
    EXPECT_EQ(tell_all_of(seen), 0U);
}

TEST_P(AlertContract, a_notice_and_a_failure_of_one_connection_are_told_apart) {
    saved_mortal();
    notice_comes(14);
    fails("crm", ConnectionStatus::refresh_failed);

    EXPECT_EQ(tell_notices(), 1U);
    EXPECT_EQ(untold().size(), 1U);
    EXPECT_EQ(tell_all(), 1U);
    EXPECT_TRUE(untold_notices().empty());
}

TEST_P(AlertContract, many_notices_are_one_alert_and_the_most_urgent_are_offered_first) {
    for (const auto& [name, days] : {std::pair("a", 14U), std::pair("b", 1U), std::pair("c", 7U)}) {
        const ConnectionKey key{TenantId("acme"), IntegrationId(name)};
        saved_mortal(key);
        notice_comes(days, key);
    }

    EXPECT_EQ(untold_notices()[0].notice, 1U);
    EXPECT_EQ(tell_notices(), 3U);
    ASSERT_EQ(listed().size(), 1U);
    EXPECT_EQ(listed()[0].alert.count, 3U);
}

TEST_P(AlertContract, two_who_tell_of_notices_at_once_tell_of_each_once) {
    for (int i = 0; i < 10; ++i) {
        const ConnectionKey key{TenantId("acme"), IntegrationId("in-" + std::to_string(i))};
        saved_mortal(key);
        notice_comes(14, key);
    }
    const auto seen = untold_notices();
    std::vector<Task<Result<std::size_t>>> calls;
    for (int caller = 0; caller < 4; ++caller) {
        std::vector<ConnectionTelling> tellings;
        for (const UntoldConnection& one : seen) {
            ConnectionTelling telling;
            telling.connection = one;
            telling.telling.id = "alert-" + std::to_string(caller) + one.key.integration.str();
            telling.telling.fold_key = "renewal_due";
            tellings.push_back(std::move(telling));
        }
        calls.push_back(alerts().tell(std::move(tellings), pace));
    }

    std::size_t told = 0;
    for (const std::size_t one : ask_all(std::move(calls)))
        told += one;

    EXPECT_EQ(told, 10U);
    ASSERT_EQ(listed().size(), 1U);
    EXPECT_EQ(listed()[0].alert.count, 10U);
}

}  // namespace evergrant::storage
