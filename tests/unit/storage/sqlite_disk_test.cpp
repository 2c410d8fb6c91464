// What callers meet when the disk fails, and after.
#include "sqlite_test.h"

namespace evergrant::storage {

using SqliteDiskTest = SqliteTest;

TEST_F(SqliteDiskTest, nothing_is_answered_before_it_is_synced) {
    const std::size_t before = disk_.log_syncs();

    ask(store().save_grant(some_grant()));
    const std::size_t after_grant = disk_.log_syncs();
    ask(store().take_lease({some_key, "one", std::chrono::seconds(30), 0}));

    EXPECT_GT(after_grant, before);
    EXPECT_GT(disk_.log_syncs(), after_grant);
}

TEST_F(SqliteDiskTest, a_change_on_a_full_disk_is_refused_with_a_time_to_try_again) {
    ask(store().save_grant(some_grant()));
    disk_.fill_up();

    const auto refused = run(store().save_grant(some_grant(some_key, "2")));

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::store_unavailable);
    EXPECT_EQ(refused.error().message, "The store's disk is full.");
    EXPECT_TRUE(refused.error().retry_after);
}

TEST_F(SqliteDiskTest, reads_go_on_while_the_disk_is_full) {
    ask(store().save_grant(some_grant()));
    disk_.fill_up();
    (void)run(store().save_grant(some_grant(some_key, "2")));

    const auto connection = ask(store().find_connection(some_key));

    EXPECT_EQ(connection->tokens.access_token.reveal(), "access-1");
}

TEST_F(SqliteDiskTest, changes_are_made_again_once_the_disk_has_room) {
    disk_.fill_up();
    (void)run(store().save_grant(some_grant()));
    disk_.mend();

    const auto saved = run(store().save_grant(some_grant(some_key, "2")));

    ASSERT_TRUE(saved);
    engine_.restart();
    EXPECT_EQ(ask(store().find_connection(some_key))->tokens.access_token.reveal(), "access-2");
}

TEST_F(SqliteDiskTest, a_lease_that_could_not_be_synced_is_not_taken) {
    ask(store().save_grant(some_grant()));
    disk_.break_syncs();

    const auto answer = run(store().take_lease({some_key, "one", std::chrono::seconds(30), 0}));

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::store_unavailable);
    disk_.mend();
    EXPECT_FALSE(ask(store().find_connection(some_key))->summary.intent);
    const auto other = ask(store().take_lease({some_key, "two", std::chrono::seconds(30), 0}));
    EXPECT_TRUE(std::holds_alternative<LeaseTaken>(other));
}

TEST_F(SqliteDiskTest, a_failed_sync_refuses_every_change_of_its_group) {
    disk_.break_syncs();
    std::vector<Errc> answers;
    for (int i = 0; i < 10; ++i) {
        auto grant = some_grant({TenantId("t" + std::to_string(i)), IntegrationId("crm")});
        boost::asio::co_spawn(context_, store().save_grant(std::move(grant)),
                              [&answers](std::exception_ptr, Result<Connection> answer) {
                                  answers.push_back(answer ? Errc::conflict : answer.error().code);
                              });
    }

    context_.run();

    EXPECT_EQ(answers, std::vector<Errc>(10, Errc::store_unavailable));
    EXPECT_TRUE(ask(store().list_connections({}, "", 100)).items.empty());
}

TEST_F(SqliteDiskTest, a_data_key_lost_with_its_group_seals_nothing_afterwards) {
    disk_.break_syncs();
    (void)run(store().save_grant(some_grant({TenantId("first"), IntegrationId("crm")})));
    disk_.mend();
    ask(store().save_grant(some_grant({TenantId("second"), IntegrationId("crm")})));
    ask(store().save_grant(some_grant({TenantId("first"), IntegrationId("crm")})));

    engine_.restart();

    for (const char* tenant : {"first", "second"}) {
        const auto connection = ask(store().find_connection({TenantId(tenant), IntegrationId("crm")}));
        EXPECT_EQ(connection->tokens.access_token.reveal(), "access-1") << tenant;
    }
}

TEST_F(SqliteDiskTest, the_engine_is_unwell_while_the_disk_fails_and_well_again_without_any_traffic) {
    disk_.break_writes();
    (void)run(store().first_time("anything"));

    const auto sick = evergrant::testing::run_task(context_, store().health());
    disk_.mend();
    const auto well = evergrant::testing::run_task(context_, store().health());

    EXPECT_FALSE(sick.writable);
    EXPECT_EQ(sick.message, "The store cannot be read or written now.");
    EXPECT_TRUE(well.writable);
    EXPECT_EQ(well.message, "");
}

}  // namespace evergrant::storage
