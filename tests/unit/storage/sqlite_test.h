#pragma once
//
// For tests of what only the SQLite engine promises: an open store, and the means to ask it.
//
#include "scripted_disk.h"
#include "sqlite_under_test.h"

#include <fstream>
#include <iterator>
#include <string>

namespace evergrant::storage {

class SqliteTest : public ::testing::Test {
protected:
    [[nodiscard]] Store& store() { return engine_.store(); }

    template <class T>
    Result<T> run(Task<Result<T>> call) {
        return evergrant::testing::run_task(context_, std::move(call));
    }

    template <class T>
    T ask(Task<Result<T>> call) {
        Result<T> answer = run(std::move(call));
        if (!answer)
            throw std::runtime_error(answer.error().message + " " + answer.error().detail);
        if constexpr (!std::is_void_v<T>)
            return std::move(*answer);
    }

    /// All bytes of the database and its log.
    [[nodiscard]] std::string bytes_on_disk() const {
        std::string bytes;
        for (const auto& entry : std::filesystem::directory_iterator(engine_.folder())) {
            std::ifstream file(entry.path(), std::ios::binary);
            bytes.append(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
        }
        return bytes;
    }

    evergrant::testing::ScriptedDisk disk_;
    boost::asio::io_context context_{1};
    ManualClock clock_{Instant(std::chrono::milliseconds(1'800'000'000'000))};
    SqliteUnderTest engine_{clock_};
};

}  // namespace evergrant::storage
