#include "storage/sqlite/readers.h"

#include "base/log.h"

namespace evergrant::storage::sqlite {

Readers::View::View(Readers& readers) : readers_(readers), session_(readers.take()) {
    try {
        session_->database().change("BEGIN");
    } catch (...) {
        readers_.give_back(std::move(session_));
        throw;
    }
}

Readers::View::~View() {
    try {
        if (session_->database().in_transaction())
            session_->database().change("ROLLBACK");
    } catch (const StoreException& exception) {
        log(LogLevel::warning, "store_read_not_ended", {{"error", exception.error().detail}});
    }
    readers_.give_back(std::move(session_));
}

std::unique_ptr<Session> Readers::take() {
    const std::lock_guard lock(mutex_);
    std::unique_ptr<Session> session = std::move(sessions_.back());
    sessions_.pop_back();
    return session;
}

void Readers::give_back(std::unique_ptr<Session> session) {
    const std::lock_guard lock(mutex_);
    sessions_.push_back(std::move(session));
}

}  // namespace evergrant::storage::sqlite
