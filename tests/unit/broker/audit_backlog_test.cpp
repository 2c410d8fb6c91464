// Events wait in little memory, in their order, and come out as they went in.
#include "broker/audit_backlog.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>

namespace evergrant::broker {

namespace {

storage::AuditEvent event_of(std::size_t number) {
    return {.at = Instant(std::chrono::milliseconds(number)),
            .actor = "key-1",
            .role = "app",
            .action = "token.vend",
            .tenant = "tenant-" + std::to_string(number),
            .integration = "crm",
            .outcome = "ok",
            .address = "192.0.2.7",
            .request_id = "request-" + std::to_string(number),
            .detail = std::string(number % 3000, 'd')};
}

AuditBacklog backlog_of(std::size_t count) {
    AuditBacklog backlog;
    for (std::size_t number = 0; number < count; ++number)
        backlog.push(event_of(number));
    return backlog;
}

}  // namespace

TEST(AuditBacklog, an_event_comes_out_as_it_went_in) {
    AuditBacklog backlog;
    backlog.push(event_of(7));

    const storage::AuditEvent event = backlog.first(1).at(0);

    EXPECT_EQ(event.at, event_of(7).at);
    EXPECT_EQ(storage::canonical_encoding(1, event), storage::canonical_encoding(1, event_of(7)));
}

TEST(AuditBacklog, what_is_looked_at_stays) {
    const AuditBacklog backlog = backlog_of(3);

    EXPECT_EQ(backlog.first(2).size(), 2U);
    EXPECT_EQ(backlog.first(5).size(), 3U);
    EXPECT_EQ(backlog.size(), 3U);
}

TEST(AuditBacklog, the_first_go_first_however_they_are_dropped) {
    constexpr std::size_t all = 1000;
    AuditBacklog backlog = backlog_of(all);
    std::size_t next = 0;
    for (std::size_t part = 1; next < all; part = std::min(part * 2, all - next)) {
        ASSERT_EQ(backlog.first(1).at(0).tenant, event_of(next).tenant);
        backlog.drop(part);
        next += part;
    }
    EXPECT_EQ(backlog.size(), 0U);
    EXPECT_TRUE(backlog.first(1).empty());
}

TEST(AuditBacklog, what_comes_while_others_leave_waits_behind_them) {
    AuditBacklog backlog = backlog_of(2);
    backlog.drop(1);
    backlog.push(event_of(2));

    EXPECT_EQ(backlog.first(1).at(0).tenant, "tenant-1");
    backlog.drop(2);
    backlog.push(event_of(3));

    EXPECT_EQ(backlog.first(2).at(0).tenant, "tenant-3");
}

}  // namespace evergrant::broker
