// What happens too often for a row each is counted, in memory that is bounded.
#include "broker/audit_tally.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <string>
#include <utility>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#define UNDER_ADDRESS_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_ADDRESS_SANITIZER
#endif
#endif
#ifdef UNDER_ADDRESS_SANITIZER
#include <sanitizer/allocator_interface.h>
#endif

namespace evergrant::broker {

namespace {

constexpr Instant some_time{std::chrono::milliseconds(1'800'000'000'123)};

AuditFields some_read() {
    return {.actor = "key-1",
            .role = "app",
            .action = "token.vend",
            .tenant = "acme",
            .integration = "crm",
            .outcome = "ok",
            .address = "192.0.2.7",
            .request_id = "request-1"};
}

/// Counts what the whole program allocates; the sanitizers' own allocator is told of each.
std::size_t allocations() {
#ifdef UNDER_ADDRESS_SANITIZER
    return __sanitizer_get_current_allocated_bytes();
#else
    return mallinfo2().uordblks + mallinfo2().hblkhd;
#endif
}

std::vector<storage::AuditEvent> taken_from(AuditTally& tally) {
    std::vector<storage::AuditEvent> events;
    tally.take([&events](storage::AuditEvent event, std::uint32_t) { events.push_back(std::move(event)); });
    return events;
}

/// One event for each of `count` tenants.
void note_tenants(AuditTally& tally, int count) {
    for (int tenant = 0; tenant < count; ++tenant) {
        const std::string name = "tenant-" + std::to_string(tenant);
        AuditFields fields = some_read();
        fields.tenant = name;
        tally.note(fields, some_time + std::chrono::milliseconds(tenant));
    }
}

}  // namespace

TEST(AuditTally, the_same_by_the_same_is_one_event_with_a_count) {
    AuditTally tally(8);
    for (int second = 0; second < 3; ++second)
        tally.note(some_read(), some_time + std::chrono::seconds(second));

    const auto events = taken_from(tally);

    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].at, some_time);
    EXPECT_EQ(events[0].actor, "key-1");
    EXPECT_EQ(events[0].integration, "crm");
    EXPECT_EQ(events[0].request_id, "request-1");
    EXPECT_EQ(events[0].detail, R"({"count":3,"lastAt":"2027-01-15T08:00:02Z"})");
}

TEST(AuditTally, what_happened_once_has_no_count) {
    AuditTally tally(8);
    tally.note(some_read(), some_time);

    EXPECT_EQ(taken_from(tally).at(0).detail, "");
}

TEST(AuditTally, whatever_differs_but_the_request_is_an_event_of_its_own) {
    AuditTally tally(16);
    const auto note_with = [&tally](std::string_view AuditFields::* field, std::string_view value) {
        AuditFields fields = some_read();
        fields.*field = value;
        tally.note(fields, some_time);
    };
    tally.note(some_read(), some_time);
    note_with(&AuditFields::actor, "key-2");
    note_with(&AuditFields::role, "admin");
    note_with(&AuditFields::action, "access.deny");
    note_with(&AuditFields::tenant, "globex");
    note_with(&AuditFields::integration, "calendar");
    note_with(&AuditFields::outcome, "forbidden");
    note_with(&AuditFields::address, "192.0.2.8");
    note_with(&AuditFields::request_id, "request-2");

    EXPECT_EQ(taken_from(tally).size(), 8U);
}

TEST(AuditTally, text_that_moves_to_the_next_field_is_not_the_same) {
    AuditTally tally(8);
    AuditFields one = some_read();
    one.tenant = "ab";
    one.integration = "c";
    AuditFields other = some_read();
    other.tenant = "a";
    other.integration = "bc";
    tally.note(one, some_time);
    tally.note(other, some_time);

    EXPECT_EQ(taken_from(tally).size(), 2U);
}

TEST(AuditTally, once_full_it_counts_what_it_cannot_hold_and_goes_on_counting_what_it_does) {
    AuditTally tally(4);
    bool held = true;
    for (int tenant = 0; tenant < 6; ++tenant) {
        const std::string name = "tenant-" + std::to_string(tenant);
        AuditFields fields = some_read();
        fields.tenant = name;
        held = tally.note(fields, some_time);
    }
    AuditFields first = some_read();
    first.tenant = "tenant-0";
    const bool still_counted = tally.note(first, some_time);

    EXPECT_FALSE(held);
    EXPECT_TRUE(still_counted);
    EXPECT_EQ(taken_from(tally).size(), 4U);
    EXPECT_EQ(tally.take_lost(), 2U);
}

TEST(AuditTally, what_was_taken_is_not_given_again_and_there_is_room_again) {
    AuditTally tally(2);
    for (int round = 0; round < 3; ++round) {
        AuditFields other = some_read();
        other.actor = "key-2";
        EXPECT_TRUE(tally.note(some_read(), some_time));
        EXPECT_TRUE(tally.note(other, some_time));
        EXPECT_EQ(taken_from(tally).size(), 2U);
    }
    EXPECT_TRUE(taken_from(tally).empty());
    EXPECT_EQ(tally.take_lost(), 0U);
}

TEST(AuditTally, it_grows_with_what_is_different_and_keeps_the_order) {
    AuditTally tally(4096);
    note_tenants(tally, 3000);

    const auto events = taken_from(tally);

    ASSERT_EQ(events.size(), 3000U);
    for (std::size_t tenant = 0; tenant < events.size(); ++tenant)
        ASSERT_EQ(events[tenant].tenant, "tenant-" + std::to_string(tenant));
}

TEST(AuditTally, what_it_has_seen_before_is_noted_without_allocating) {
    AuditTally tally(1024);
    note_tenants(tally, 1000);
    const AuditFields seen = some_read();
    tally.note(seen, some_time);
    const std::size_t before = allocations();

    for (int again = 0; again < 1000; ++again)
        tally.note(seen, some_time);

    EXPECT_EQ(allocations(), before);
}

TEST(AuditTally, memory_is_let_go_with_the_events) {
    AuditTally tally(16'384);
    const std::size_t before = allocations();
    note_tenants(tally, 16'384);
    tally.take([](const storage::AuditEvent&, std::uint32_t) {});

    EXPECT_LT(allocations(), before + (std::size_t{1} << 16U));
}

}  // namespace evergrant::broker
