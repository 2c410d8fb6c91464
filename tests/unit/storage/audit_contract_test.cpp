// The audit log: one chain, in which whatever is changed afterwards is found.
#include "store_contract.h"

namespace evergrant::storage {

namespace {

AuditEvent some_event(const std::string& mark = "1") {
    AuditEvent event;
    event.at = Instant(std::chrono::milliseconds(1'800'000'000'123));
    event.actor = "key-" + mark;
    event.role = "app";
    event.action = "token.vend";
    event.tenant = "acme";
    event.integration = "crm";
    event.outcome = "ok";
    event.address = "192.0.2.7";
    event.request_id = "request-" + mark;
    event.detail = R"({"count":3})";
    return event;
}

std::vector<AuditEvent> some_events(std::size_t count) {
    std::vector<AuditEvent> events;
    for (std::size_t number = 1; number <= count; ++number)
        events.push_back(some_event(std::to_string(number)));
    return events;
}

std::vector<std::string> actors_of(const Page<AuditRecord>& page) {
    std::vector<std::string> actors;
    for (const AuditRecord& record : page.items)
        actors.push_back(record.event.actor);
    return actors;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_P(AuditContract, an_event_comes_back_as_it_was_written) {
    const AuditPosition end = ask(store().append_audit(some_events(1)));

    const auto page = ask(store().list_audit({}, "", 10));

    ASSERT_EQ(page.items.size(), 1U);
    const AuditRecord& record = page.items.front();
    EXPECT_EQ(end.sequence, 1U);
    EXPECT_EQ(record.sequence, 1U);
    EXPECT_EQ(record.hash, end.hash);
    EXPECT_EQ(canonical_encoding(1, record.event), canonical_encoding(1, some_event()));
}

TEST_P(AuditContract, the_list_shows_the_newest_first_page_by_page) {
    ask(store().append_audit(some_events(5)));

    const auto first = ask(store().list_audit({}, "", 2));
    const auto second = ask(store().list_audit({}, first.next_cursor, 3));

    EXPECT_EQ(actors_of(first), (Texts{"key-5", "key-4"}));
    EXPECT_EQ(actors_of(second), (Texts{"key-3", "key-2", "key-1"}));
    EXPECT_EQ(second.next_cursor, "");
}

TEST_P(AuditContract, each_filter_leaves_out_what_it_does_not_name) {
    const auto with = [](const std::string& mark, const std::function<void(AuditEvent&)>& change) {
        AuditEvent event = some_event(mark);
        change(event);
        return event;
    };
    std::vector<AuditEvent> events = some_events(1);
    events.push_back(with("tenant", [](AuditEvent& event) { event.tenant = "globex"; }));
    events.push_back(with("action", [](AuditEvent& event) { event.action = "key.create"; }));
    events.push_back(with("integration", [](AuditEvent& event) { event.integration = "phone"; }));
    events.push_back(with("outcome", [](AuditEvent& event) { event.outcome = "forbidden"; }));
    events.push_back(with("time", [](AuditEvent& event) { event.at += std::chrono::hours(1); }));
    ask(store().append_audit(std::move(events)));
    const auto listed = [this](AuditFilter filter) {
        return actors_of(ask(store().list_audit(std::move(filter), "", 10)));
    };

    EXPECT_EQ(listed({.tenant = "globex"}), Texts{"key-tenant"});
    EXPECT_EQ(listed({.action = "key.create"}), Texts{"key-action"});
    EXPECT_EQ(listed({.actor = "key-1"}), Texts{"key-1"});
    EXPECT_EQ(listed({.outcome = "forbidden"}), Texts{"key-outcome"});
    EXPECT_EQ(listed({.outcome = "ok", .integration = "phone"}), Texts{"key-integration"});
    EXPECT_EQ(listed({.outcome = "forbidden", .integration = "phone"}), Texts{});
    EXPECT_EQ(listed({.from = some_event().at + std::chrono::hours(1)}), Texts{"key-time"});
    EXPECT_EQ(listed({.tenant = "globex", .outcome = "ok", .to = some_event().at + std::chrono::milliseconds(1)}),
              Texts{"key-tenant"});
    EXPECT_EQ(listed({.to = some_event().at}), Texts{});
}

TEST_P(AuditContract, a_cursor_of_another_list_is_refused) {
    EXPECT_EQ(refusal(store().list_audit({}, "nonsense", 10)), Errc::invalid_request);
}

TEST_P(AuditContract, an_untouched_chain_holds_from_page_to_page_and_across_a_restart) {
    ask(store().append_audit(some_events(3)));
    restart();
    ask(store().append_audit(some_events(4)));

    const AuditCheck first = ask(store().check_audit(0, 5));
    const AuditCheck second = ask(store().check_audit(first.checked_to, 5));

    EXPECT_FALSE(first.done);
    EXPECT_EQ(first.checked_to, 5U);
    EXPECT_TRUE(second.done);
    EXPECT_EQ(second.broken, std::nullopt) << second.reason;
    EXPECT_EQ(second.checked_to, 7U);
}

TEST_P(AuditContract, an_empty_log_holds) {
    const AuditCheck check = ask(store().check_audit(0, 10));

    EXPECT_TRUE(check.done);
    EXPECT_EQ(check.broken, std::nullopt) << check.reason;
}

TEST_P(AuditContract, whatever_is_changed_removed_or_swapped_is_found_where_it_begins) {
    struct Case {
        std::string_view name;
        std::string_view sql;
        std::uint64_t broken;
    };
    const std::vector<Case> cases{
        {"an outcome is changed", "UPDATE audit_events SET outcome = 'fine' WHERE sequence = 3", 3},
        {"text moves to the next field", "UPDATE audit_events SET actor = 'key-', role = '2app' WHERE sequence = 2", 2},
        {"a row is removed", "DELETE FROM audit_events WHERE sequence = 4", 4},
        {"the first row is removed", "DELETE FROM audit_events WHERE sequence = 1", 1},
        {"the last row is removed", "DELETE FROM audit_events WHERE sequence = 6", 6},
        {"two rows are swapped",
         "UPDATE audit_events SET sequence = 100 WHERE sequence = 2; UPDATE audit_events SET sequence = 2 WHERE "
         "sequence = 5; UPDATE audit_events SET sequence = 5 WHERE sequence = 100",
         2},
        {"the end is cut off, and noted as the end",
         "DELETE FROM audit_events WHERE sequence > 4; UPDATE audit_chain SET head_sequence = 4, head_hash = (SELECT "
         "hash FROM audit_events WHERE sequence = 4)",
         4},
        {"the beginning is cut off, and noted as too old",
         "UPDATE audit_chain SET base_sequence = 2, base_hash = (SELECT hash FROM audit_events WHERE sequence = 2), "
         "base_mac = (SELECT mac FROM audit_events WHERE sequence = 2); DELETE FROM audit_events WHERE sequence <= 2",
         3},
    };
    for (const Case& one : cases) {
        engine_ = GetParam().make(clock_, context_);
        ask(store().append_audit(some_events(6)));
        tamper(std::string(one.sql));

        const AuditCheck check = ask(store().check_audit(0, 100));

        EXPECT_EQ(check.broken, one.broken) << one.name << ": " << check.reason;
        EXPECT_TRUE(check.done) << one.name;
    }
}

TEST_P(AuditContract, a_checkpoint_stands_until_the_row_it_names_is_gone_or_another) {
    ask(store().append_audit(some_events(3)));
    const AuditCheckpoint early = ask(store().audit_checkpoint());
    ask(store().append_audit(some_events(1)));
    const AuditCheckpoint late = ask(store().audit_checkpoint());
    const AuditVerdict untouched = ask(store().judge_checkpoint(early));
    tamper("DELETE FROM audit_events WHERE sequence = 4");
    const AuditVerdict cut = ask(store().judge_checkpoint(late));
    tamper("UPDATE audit_events SET hash = mac WHERE sequence = 3");
    const AuditVerdict anew = ask(store().judge_checkpoint(early));

    EXPECT_EQ(untouched, AuditVerdict::stands);
    EXPECT_EQ(cut, AuditVerdict::missing);
    EXPECT_EQ(anew, AuditVerdict::differs);
}

TEST_P(AuditContract, a_checkpoint_of_another_store_is_called_forged) {
    ask(store().append_audit(some_events(1)));
    AuditCheckpoint checkpoint = ask(store().audit_checkpoint());
    checkpoint.at += std::chrono::milliseconds(1);

    EXPECT_EQ(ask(store().judge_checkpoint(std::move(checkpoint))), AuditVerdict::forged);
}

TEST_P(AuditContract, old_rows_are_removed_in_parts_and_what_is_left_still_holds) {
    auto events = some_events(5);
    events[4].at = clock_.now() + std::chrono::days(400);
    ask(store().append_audit(std::move(events)));
    const AuditCheckpoint whole = ask(store().audit_checkpoint());
    clock_.advance(std::chrono::days(401));

    const std::size_t first = ask(store().remove_audit_older_than(std::chrono::days(400), 3));
    const std::size_t rest = ask(store().remove_audit_older_than(std::chrono::days(400), 3));
    const std::size_t none = ask(store().remove_audit_older_than(std::chrono::days(400), 3));
    const AuditCheck check = ask(store().check_audit(0, 10));

    EXPECT_EQ(first, 3U);
    EXPECT_EQ(rest, 1U);
    EXPECT_EQ(none, 0U);
    EXPECT_EQ(check.broken, std::nullopt) << check.reason;
    EXPECT_EQ(check.rows, 1U);
    EXPECT_EQ(ask(store().judge_checkpoint(whole)), AuditVerdict::stands);
}

TEST_P(AuditContract, when_every_row_is_gone_the_chain_goes_on_from_where_it_ended) {
    ask(store().append_audit(some_events(2)));
    clock_.advance(std::chrono::days(2));
    ask(store().remove_audit_older_than(std::chrono::days(1), 10));

    const AuditPosition end = ask(store().append_audit(some_events(1)));

    const AuditCheck check = ask(store().check_audit(0, 10));
    EXPECT_EQ(end.sequence, 3U);
    EXPECT_EQ(check.broken, std::nullopt) << check.reason;
}

TEST_P(AuditContract, many_who_append_at_once_make_one_chain) {
    std::vector<Task<Result<AuditPosition>>> calls;
    for (std::size_t caller = 0; caller < 6; ++caller)
        calls.push_back(store().append_audit(some_events(20)));
    ask_all(std::move(calls));

    const AuditCheck check = ask(store().check_audit(0, 1000));

    EXPECT_EQ(check.broken, std::nullopt) << check.reason;
    EXPECT_EQ(check.checked_to, 120U);
}

TEST(AuditText, what_no_log_holds_is_replaced_and_long_texts_are_cut) {
    AuditEvent event = some_event();
    event.actor = std::string("a\0b\n\xff", 5);
    event.tenant = std::string(300, 'x');
    event.integration = "Zürich";

    tidy(event);

    EXPECT_EQ(event.actor, "a?b??");
    EXPECT_EQ(event.tenant.size(), 256U);
    EXPECT_EQ(event.integration, "Zürich");
}

}  // namespace evergrant::storage
