// The writer's groups: what shares a commit, what is undone alone, what is refused.
#include "run_task.h"
#include "scripted_disk.h"
#include "sqlite_under_test.h"
#include "storage/sqlite/startup.h"
#include "storage/sqlite/writer.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <latch>

namespace evergrant::storage::sqlite {

namespace {

class SqliteWriterTest : public ::testing::Test {
protected:
    SqliteWriterTest() { open(); }

    void open() {
        auto session = std::make_unique<Session>(file_, Database::Use::write, sealer_, clock_);
        const auto prepared = prepare(*session);
        if (!prepared)
            throw std::runtime_error(prepared.error().message);
        writer_ = std::make_unique<Writer>(std::move(session), Writer::Limits{.queue = 12, .group = 8});
    }

    /// Keeps the writer busy with one change until `free` is counted down.
    void occupy(std::latch& busy, std::latch& free) {
        start([&busy, &free](Session&) -> Result<int> {
            busy.count_down();
            free.wait();
            return 0;
        });
        context_.poll();
        busy.wait();
    }

    void start(std::move_only_function<Result<int>(Session&)> work) {
        const std::size_t index = answers_.size();
        answers_.emplace_back();
        boost::asio::co_spawn(
            context_, writer_->run<int>(std::move(work)),
            [this, index](std::exception_ptr, Result<int> answer) { answers_[index].emplace(std::move(answer)); });
    }

    /// A change that writes `name`, and fails then if it is told to.
    static std::move_only_function<Result<int>(Session&)> writing(std::string name, bool fail = false) {
        return [name, fail](Session& session) -> Result<int> {
            session.database().change("INSERT INTO once (name, done_at) VALUES (?1, 0)", name);
            if (fail)
                return failure(Errc::conflict, "As told.");
            return 1;
        };
    }

    std::string written() {
        Database raw(file_, Database::Use::read);
        auto row = raw.query("SELECT coalesce(group_concat(name, ' '), '') FROM (SELECT name FROM once ORDER BY name)");
        row.step();
        return row.text();
    }

    evergrant::testing::ScriptedDisk disk_;
    evergrant::testing::TemporaryFolder temporary_;
    std::filesystem::path file_{temporary_.path() / "evergrant.db"};
    boost::asio::io_context context_{1};
    ManualClock clock_{Instant(std::chrono::milliseconds(1'800'000'000'000))};
    crypto::SystemRandom random_;
    Sealer sealer_{ring_of({first_key}), random_};
    std::unique_ptr<Writer> writer_;
    std::vector<std::optional<Result<int>>> answers_;
};

}  // namespace

TEST_F(SqliteWriterTest, changes_that_wait_together_share_one_sync) {
    std::latch busy(1);
    std::latch free(1);
    occupy(busy, free);
    for (int i = 0; i < 8; ++i)
        start(writing("change-" + std::to_string(i)));
    context_.poll();
    const std::size_t before = disk_.log_syncs();

    free.count_down();
    context_.restart();
    context_.run();

    EXPECT_EQ(disk_.log_syncs() - before, 1U);
    for (const auto& answer : answers_)
        EXPECT_TRUE(answer->has_value());
}

TEST_F(SqliteWriterTest, a_change_that_fails_is_undone_alone) {
    std::latch busy(1);
    std::latch free(1);
    occupy(busy, free);
    start(writing("a"));
    start(writing("b", true));
    start(writing("a"));  // breaks the uniqueness of the first
    start(writing("c"));
    context_.poll();

    free.count_down();
    context_.restart();
    context_.run();

    EXPECT_EQ(written(), "a c");
    EXPECT_TRUE(answers_[1]->has_value());
    EXPECT_EQ(answers_[2]->error().code, Errc::conflict);
    EXPECT_EQ(answers_[3]->error().code, Errc::internal_error);
    EXPECT_TRUE(answers_[4]->has_value());
}

TEST_F(SqliteWriterTest, an_exception_undoes_its_change_and_is_an_internal_error) {
    start([](Session& session) -> Result<int> {
        session.database().change("INSERT INTO once (name, done_at) VALUES ('half', 0)");
        throw std::runtime_error("a bug");
    });
    context_.run();

    EXPECT_EQ(answers_[0]->error().code, Errc::internal_error);
    EXPECT_EQ(answers_[0]->error().detail, "a bug");
    EXPECT_EQ(written(), "");
}

TEST_F(SqliteWriterTest, a_disk_that_fills_up_amid_a_group_refuses_the_group_and_takes_the_next_one_when_it_has_room) {
    std::latch busy(1);
    std::latch free(1);
    occupy(busy, free);
    start(writing("before"));
    start([](Session& session) -> Result<int> {
        (void)session.database().query("PRAGMA max_page_count = 1").step();
        session.database().change("INSERT INTO once (name, done_at) VALUES (hex(zeroblob(1000000)), 0)");
        return 1;
    });
    start(writing("behind"));
    context_.poll();

    free.count_down();
    context_.restart();
    context_.run();

    for (const std::size_t index : {1U, 2U, 3U}) {
        EXPECT_EQ(answers_[index]->error().code, Errc::store_unavailable);
        EXPECT_EQ(answers_[index]->error().message, "The store's disk is full.");
    }
    EXPECT_EQ(written(), "");
    start([](Session& session) -> Result<int> {
        (void)session.database().query("PRAGMA max_page_count = 1000000").step();
        return 1;
    });
    start(writing("later"));
    context_.restart();
    context_.run();
    EXPECT_EQ(written(), "later");
}

TEST_F(SqliteWriterTest, a_full_queue_refuses_more_as_overloaded) {
    std::latch busy(1);
    std::latch free(1);
    occupy(busy, free);
    for (int i = 0; i < 13; ++i)
        start(writing("change-" + std::to_string(i)));
    context_.poll();

    const auto refused = std::move(answers_.back());
    free.count_down();
    context_.restart();
    context_.run();

    ASSERT_TRUE(refused.has_value());
    EXPECT_EQ(refused->error().code, Errc::overloaded);
    EXPECT_TRUE(refused->error().retry_after);
    EXPECT_TRUE(answers_[12]->has_value());
}

TEST_F(SqliteWriterTest, what_is_queued_is_finished_before_the_writer_ends) {
    std::latch busy(1);
    std::latch free(1);
    occupy(busy, free);
    for (const char* name : {"a", "b", "c"})
        start(writing(name));
    context_.poll();

    free.count_down();
    writer_.reset();

    EXPECT_EQ(written(), "a b c");
}

TEST_F(SqliteWriterTest, the_change_of_a_caller_who_left_is_made) {
    std::latch busy(1);
    std::latch free(1);
    occupy(busy, free);
    boost::asio::cancellation_signal leave;
    bool left = false;
    boost::asio::co_spawn(
        context_, writer_->run<int>(writing("abandoned")),
        boost::asio::bind_cancellation_slot(
            leave.slot(), [&left](std::exception_ptr exception, const Result<int>&) { left = exception != nullptr; }));
    context_.poll();

    leave.emit(boost::asio::cancellation_type::terminal);
    context_.restart();
    context_.poll();
    EXPECT_TRUE(left);
    free.count_down();
    writer_.reset();

    EXPECT_EQ(written(), "abandoned");
}

}  // namespace evergrant::storage::sqlite
