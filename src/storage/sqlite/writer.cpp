#include "storage/sqlite/writer.h"

#include "base/crash_point.h"
#include "base/log.h"

#include <pthread.h>

#include <algorithm>

namespace evergrant::storage::sqlite {

namespace {

constexpr std::chrono::seconds time_for_the_queue{1};
constexpr std::chrono::seconds before_shredding_again{1};

}  // namespace

Writer::Writer(std::unique_ptr<Session> session, Limits limits)
    : session_(std::move(session)), limits_(limits), thread_([this] { work(); }) {
    ::pthread_setname_np(thread_.native_handle(), "store-writer");
}

Writer::~Writer() {
    {
        const std::lock_guard lock(mutex_);
        closing_ = true;
    }
    arrived_.notify_one();
    thread_.join();
    try {
        (void)session_->database().empty_the_log();
    } catch (const StoreException& exception) {
        log(LogLevel::warning, "store_log_not_emptied", {{"error", exception.error().detail}});
    }
}

std::optional<Error> Writer::last_failure() const {
    const std::lock_guard lock(mutex_);
    return last_failure_;
}

std::optional<Error> Writer::enqueue(std::unique_ptr<Change> change) {
    {
        const std::lock_guard lock(mutex_);
        if (closing_)
            return Error{.code = Errc::shutting_down, .message = "The store is closing."};
        if (queue_.size() >= limits_.queue)
            return Error{.code = Errc::overloaded,
                         .message = "Too many changes wait for the store's disk; try again shortly.",
                         .retry_after = time_for_the_queue};
        queue_.push_back(std::move(change));
    }
    arrived_.notify_one();
    return std::nullopt;
}

void Writer::work() {
    for (Group group = next_group(); !group.empty(); group = next_group())
        commit(group);
}

Writer::Group Writer::next_group() {
    std::unique_lock lock(mutex_);
    const auto ready = [this] { return closing_ || !queue_.empty(); };
    while (session_->log_holds_destroyed_keys() && !arrived_.wait_for(lock, before_shredding_again, ready)) {
        lock.unlock();
        shred();
        lock.lock();
    }
    arrived_.wait(lock, ready);
    const auto size = static_cast<std::ptrdiff_t>(std::min(queue_.size(), limits_.group));
    Group group(std::make_move_iterator(queue_.begin()), std::make_move_iterator(queue_.begin() + size));
    queue_.erase(queue_.begin(), queue_.begin() + size);
    return group;
}

void Writer::commit(Group& group) noexcept {
    std::optional<Error> lost;
    try {
        session_->database().change("BEGIN IMMEDIATE");
        for (const auto& change : group)
            make(*change);
        crash_point("store_before_commit");
        session_->database().change("COMMIT");
        crash_point("store_after_commit");
        session_->committed();
    } catch (...) {
        lost = error_of_current_exception();
        roll_back();
    }
    note(lost);
    shred();
    for (const auto& change : group)
        change->answer(lost);
}

void Writer::make(Change& change) {
    Database& database = session_->database();
    database.change("SAVEPOINT change");
    if (change.make(*session_)) {
        database.change("RELEASE change");
        session_->change_kept();
        return;
    }
    session_->change_undone();
    if (!database.in_transaction())
        throw StoreException(change.error());  // a full or failing disk ends the whole transaction
    database.change("ROLLBACK TO change");
    database.change("RELEASE change");
}

void Writer::roll_back() noexcept {
    try {
        if (session_->database().in_transaction())
            session_->database().change("ROLLBACK");
    } catch (const StoreException& exception) {
        log(LogLevel::error, "store_rollback_failed", {{"error", exception.error().detail}});
    }
    session_->rolled_back();
}

void Writer::shred() noexcept {
    try {
        session_->shred();
    } catch (const StoreException& exception) {
        log(LogLevel::warning, "destroyed_keys_wait_in_the_log", {{"error", exception.error().detail}});
    }
}

void Writer::note(const std::optional<Error>& failure) {
    const std::lock_guard lock(mutex_);
    if (failure && !last_failure_)
        log(LogLevel::error, "store_not_writable", {{"error", failure->detail}});
    if (!failure && last_failure_)
        log(LogLevel::info, "store_writable_again");
    last_failure_ = failure;
}

}  // namespace evergrant::storage::sqlite
