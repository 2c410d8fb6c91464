// Rotation of the master key: every data key is sealed anew under the first key of the ring, while the store is used.
#include "master_keys.h"
#include "store_contract.h"

namespace evergrant::storage {

namespace {

const std::vector<std::string> old_ring{std::string(first_key)};
const std::vector<std::string> both{std::string(second_key), std::string(first_key)};
const std::vector<std::string> new_ring{std::string(second_key)};
constexpr std::chrono::seconds hold{20};

ConnectionKey key_of(std::size_t number) {
    return {TenantId("tenant-" + std::to_string(number)), IntegrationId("crm")};
}

std::string id_of(std::string_view key) {
    return ring_of({key}).ids().front();
}

}  // namespace

TEST_P(MasterKeyContract, a_rotation_seals_every_data_key_anew_in_parts_and_all_values_open_without_the_old_key) {
    for (std::size_t number = 0; number < 5; ++number)
        saved(key_of(number), std::to_string(number));
    restart_with(both);
    const std::uint64_t before = ask(store().data_keys_to_rewrap());

    std::size_t sealed_anew = 0;
    for (std::size_t part = ask(store().rewrap_data_keys(4)); part != 0; part = ask(store().rewrap_data_keys(4)))
        sealed_anew += part;

    EXPECT_EQ(before, 6U);  // the deployment's own too
    EXPECT_EQ(sealed_anew, 6U);
    EXPECT_EQ(ask(store().data_keys_to_rewrap()), 0U);
    restart_with(new_ring);
    for (std::size_t number = 0; number < 5; ++number)
        EXPECT_EQ(found(key_of(number))->tokens.access_token.reveal(), "access-" + std::to_string(number));
}

TEST_P(MasterKeyContract, what_is_used_meanwhile_goes_on_opening_and_sealing) {
    saved();
    restart_with(both);
    found();

    ask(store().rewrap_data_keys(100));

    EXPECT_EQ(found()->tokens.access_token.reveal(), "access-1");
    saved(some_key, "2");
    EXPECT_EQ(found()->tokens.access_token.reveal(), "access-2");
}

TEST_P(MasterKeyContract, the_first_part_shuts_out_who_lacks_the_new_key) {
    saved();
    restart_with(both);

    ask(store().rewrap_data_keys(1));

    EXPECT_THROW(restart_with(old_ring), std::runtime_error);
}

TEST_P(MasterKeyContract, a_key_that_the_ring_lacks_stops_the_rotation_and_is_named) {
    saved();
    restart_with(both);
    tamper("UPDATE data_keys SET master_key_id = '00000000' WHERE tenant_id = 'acme'");

    EXPECT_EQ(refusal(store().rewrap_data_keys(100)), Errc::internal_error);
}

TEST_P(MasterKeyContract, it_is_told_how_much_is_sealed_under_each_key) {
    saved();
    restart_with(both);
    ask(store().rewrap_data_keys(1));

    const auto uses = ask(store().master_key_uses());

    ASSERT_EQ(uses.size(), 2U);
    for (const MasterKeyUse& use : uses) {
        EXPECT_EQ(use.data_keys, 1U);
        EXPECT_GE(use.seals, 1U);
        EXPECT_TRUE(use.id == id_of(first_key) || use.id == id_of(second_key));
    }
}

TEST_P(MasterKeyContract, the_audit_log_holds_after_a_rotation) {
    ask(store().append_audit({AuditEvent{.at = clock_.now(), .action = "key.create"}}));
    restart_with(both);
    ask(store().rewrap_data_keys(100));
    restart_with(new_ring);
    ask(store().append_audit({AuditEvent{.at = clock_.now(), .action = "key.create"}}));

    const AuditCheck check = ask(store().check_audit(0, 10));

    EXPECT_EQ(check.broken, std::nullopt) << check.reason;
    EXPECT_EQ(check.checked_to, 2U);
}

TEST_P(MasterKeyContract, a_replica_is_listed_until_it_is_not_heard_of_or_leaves) {
    ask(store().announce_replica({"one", {"aaaaaaaa", "bbbbbbbb"}, 2}));
    clock_.advance(std::chrono::seconds(50));
    ask(store().announce_replica({"two", {"bbbbbbbb"}, 0}));
    const auto both_heard = ask(store().list_replicas(std::chrono::seconds(60)));
    clock_.advance(std::chrono::seconds(11));
    const auto one_stale = ask(store().list_replicas(std::chrono::seconds(60)));
    ask(store().forget_replica("two"));

    ASSERT_EQ(both_heard.size(), 2U);
    EXPECT_EQ(both_heard[0].note.master_keys, (std::vector<std::string>{"aaaaaaaa", "bbbbbbbb"}));
    EXPECT_EQ(both_heard[0].note.unwritten, 2U);
    ASSERT_EQ(one_stale.size(), 1U);
    EXPECT_EQ(one_stale[0].note.id, "two");
    EXPECT_TRUE(ask(store().list_replicas(std::chrono::seconds(60))).empty());
}

TEST_P(MasterKeyContract, a_rotation_is_taken_up_when_nobody_holds_it_any_more_and_by_one) {
    ask(store().hold_rotation("new", hold));
    EXPECT_FALSE(ask(store().take_up_rotation("new", hold)));

    clock_.advance(hold);

    EXPECT_TRUE(ask(store().take_up_rotation("new", hold)));
    EXPECT_FALSE(ask(store().take_up_rotation("new", hold)));
}

TEST_P(MasterKeyContract, a_rotation_is_there_for_the_next_process) {
    ask(store().hold_rotation("new", hold));
    clock_.advance(hold);

    restart();

    EXPECT_TRUE(ask(store().take_up_rotation("new", hold)));
}

TEST_P(MasterKeyContract, a_rotation_to_another_key_and_one_that_has_ended_are_not_taken_up) {
    ask(store().hold_rotation("new", hold));
    ask(store().hold_rotation("newer", hold));
    ask(store().end_rotation("new"));
    clock_.advance(hold);

    EXPECT_FALSE(ask(store().take_up_rotation("old", hold)));
    EXPECT_FALSE(ask(store().take_up_rotation("new", hold)));
    EXPECT_TRUE(ask(store().take_up_rotation("newer", hold)));
}

}  // namespace evergrant::storage
