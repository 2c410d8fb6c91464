//
// `evergrant audit` and `keys rotate-master`, against a scripted server, and an export checked without one.
//
#include "command_fixture.h"
#include "crypto/encoding.h"
#include "storage/audit.h"

#include <gmock/gmock.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <string>
#include <vector>

namespace evergrant::testing {
namespace {

using ::testing::HasSubstr;

class AuditCommandsTest : public CommandFixture {
protected:
    AuditCommandsTest() { environment = {{"EVERGRANT_URL", "http://localhost:3000"}, {"EVERGRANT_API_KEY", "eg_1_s"}}; }

    /// The rows of an export, newest first: `count` events in one chain.
    static std::vector<boost::json::object> rows(std::size_t count) {
        std::vector<storage::AuditEvent> events;
        for (std::size_t number = 1; number <= count; ++number)
            events.push_back({.at = Instant(std::chrono::milliseconds(1'769'860'800'123)),
                              .actor = "key-" + std::to_string(number),
                              .action = "token.vend",
                              .outcome = "ok"});
        std::vector<boost::json::object> rows;
        const SecretString key("a key");
        for (const auto& record : storage::chained({}, std::move(events), key)) {
            boost::json::object row;
            row["sequence"] = record.sequence;
            row["at"] = "2026-01-31T12:00:00.123Z";
            row["actor"] = record.event.actor;
            row["action"] = record.event.action;
            row["outcome"] = record.event.outcome;
            row["hash"] = crypto::to_hex(crypto::bytes_of(record.hash));
            rows.insert(rows.begin(), std::move(row));
        }
        return rows;
    }

    std::string written(const std::vector<boost::json::object>& rows) {
        std::string text;
        for (const auto& row : rows)
            text += boost::json::serialize(row) + "\n";
        return folder.write("audit.jsonl", text).string();
    }

    int verified(const std::vector<boost::json::object>& rows) {
        return run({"audit", "verify", "--file", written(rows)});
    }
};

TEST_F(AuditCommandsTest, tail_prints_the_oldest_of_the_latest_first) {
    http.answer(200, R"({"events":[
        {"sequence":2,"at":"2026-01-31T12:00:01.000Z","actor":"key-2","action":"key.create","tenant":"","integration":"k",
         "outcome":"ok","address":"192.0.2.7","detail":""},
        {"sequence":1,"at":"2026-01-31T12:00:00.000Z","actor":"","action":"access.deny","tenant":"acme","integration":"",
         "outcome":"forbidden","address":"192.0.2.8","detail":"{\"count\":2}"}],"nextCursor":null})");

    ASSERT_EQ(run({"audit", "tail", "--tenant", "a b", "--count", "2"}), 0) << error;

    EXPECT_EQ(http.sent[0].url, "http://localhost:3000/api/audit?limit=2&tenant=a%20b");
    EXPECT_EQ(out,
              "2026-01-31T12:00:00.000Z  forbidden  access.deny  acme  by nobody known  192.0.2.8  {\"count\":2}\n"
              "2026-01-31T12:00:01.000Z  ok  key.create  /k  by key-2  192.0.2.7  \n");
}

TEST_F(AuditCommandsTest, export_prints_every_page_as_json_lines) {
    http.answer(200, R"({"events":[{"sequence":2}],"nextCursor":"more"})");
    http.answer(200, R"({"events":[{"sequence":1}],"nextCursor":null})");

    ASSERT_EQ(run({"audit", "export"}), 0) << error;

    EXPECT_EQ(out, "{\"sequence\":2}\n{\"sequence\":1}\n");
    EXPECT_THAT(http.sent.at(1).url, HasSubstr("&cursor=more"));
}

TEST_F(AuditCommandsTest, verify_goes_on_until_the_end_and_counts_what_it_saw) {
    http.answer(200, R"({"ok":true,"rows":50000,"nextCursor":"50000","brokenAt":null})");
    http.answer(200, R"({"ok":true,"rows":7,"nextCursor":null,"brokenAt":null})");

    ASSERT_EQ(run({"audit", "verify"}), 0) << error;

    EXPECT_EQ(out, "50007 events are as they were written.\n");
    EXPECT_THAT(http.sent.at(1).url, HasSubstr("/api/audit/verify?cursor=50000"));
}

TEST_F(AuditCommandsTest, verify_fails_where_the_chain_is_broken) {
    http.answer(200, R"({"ok":false,"rows":2,"nextCursor":null,"brokenAt":3,"reason":"Row 3 is missing."})");

    EXPECT_NE(run({"audit", "verify"}), 0);

    EXPECT_THAT(error, HasSubstr("broken at 3: Row 3 is missing."));
}

TEST_F(AuditCommandsTest, verify_holds_a_kept_checkpoint_against_the_log_first) {
    const auto kept = folder.write("checkpoint.json", R"({"sequence":4,"hash":"00","at":1,"signature":"11"})");
    http.answer(200, R"({"verdict":"differs","ok":false})");

    EXPECT_NE(run({"audit", "verify", "--checkpoint", kept.string()}), 0);

    EXPECT_EQ(boost::json::parse(http.sent.at(0).body).at("sequence").to_number<int>(), 4);
    EXPECT_THAT(error, HasSubstr("does not agree with the checkpoint: differs"));
}

TEST_F(AuditCommandsTest, an_export_is_checked_without_a_server) {
    ASSERT_EQ(verified(rows(4)), 0) << error;

    EXPECT_EQ(out, "4 events follow each other as they were written.\n");
    EXPECT_TRUE(http.sent.empty());
}

TEST_F(AuditCommandsTest, an_export_that_begins_later_is_checked_as_far_as_it_goes) {
    auto some = rows(4);
    some.pop_back();

    EXPECT_EQ(verified(some), 0) << error;
}

TEST_F(AuditCommandsTest, what_was_changed_or_removed_in_an_export_is_found) {
    auto changed = rows(4);
    changed[1]["actor"] = "somebody else";
    auto removed = rows(4);
    removed.erase(removed.begin() + 1);
    auto first_changed = rows(4);
    first_changed.back()["outcome"] = "forbidden";

    EXPECT_NE(verified(changed), 0);
    EXPECT_THAT(error, HasSubstr("Row 3 is not as it was written"));
    EXPECT_NE(verified(removed), 0);
    EXPECT_THAT(error, HasSubstr("Row 3 is missing"));
    EXPECT_NE(verified(first_changed), 0);
    EXPECT_THAT(error, HasSubstr("Row 1 is not as it was written"));
}

TEST_F(AuditCommandsTest, an_export_made_anew_does_not_agree_with_the_checkpoint) {
    const auto honest = rows(4);
    boost::json::object checkpoint;
    checkpoint["sequence"] = 2;
    checkpoint["hash"] = std::string(64, '0');
    const auto kept = folder.write("checkpoint.json", boost::json::serialize(checkpoint)).string();

    EXPECT_NE(run({"audit", "verify", "--file", written(honest), "--checkpoint", kept}), 0);

    EXPECT_THAT(error, HasSubstr("Row 2 is not the one of the checkpoint."));
}

TEST_F(AuditCommandsTest, rotate_master_waits_until_nothing_is_left_and_says_what_to_do_next) {
    http.answer(202, R"({"running":true,"remaining":300,"failure":null,"message":"…"})");
    http.answer(200, R"({"running":true,"remaining":100,"failure":null,"message":"…"})");
    http.answer(200, R"({"running":false,"remaining":0,"failure":null,"message":"Take it out."})");

    ASSERT_EQ(run({"keys", "rotate-master"}), 0) << error;

    EXPECT_EQ(out, "Take it out.\n");
    EXPECT_THAT(error, HasSubstr("300 data keys are left.\n100 data keys are left.\n"));
}

TEST_F(AuditCommandsTest, rotate_master_asks_again_when_the_server_was_restarted_meanwhile) {
    http.answer(202, R"({"running":false,"remaining":300,"failure":null,"message":"…"})");
    http.answer(202, R"({"running":false,"remaining":0,"failure":null,"message":"Take it out."})");

    ASSERT_EQ(run({"keys", "rotate-master"}), 0) << error;

    EXPECT_EQ(http.sent.at(1).method, "POST");
}

TEST_F(AuditCommandsTest, rotate_master_tells_why_it_was_refused) {
    http.answer(409, R"({"error":"conflict","message":"Replica x does not know master key y."})");

    EXPECT_NE(run({"keys", "rotate-master"}), 0);

    EXPECT_THAT(error, HasSubstr("Replica x does not know master key y."));
}

}  // namespace
}  // namespace evergrant::testing
