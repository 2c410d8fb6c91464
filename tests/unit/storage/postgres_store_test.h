#pragma once
//
// For tests of what only the PostgreSQL engine promises: two replicas on one database, and the means to ask them.
//
#include "postgres_under_test.h"

#include <gtest/gtest.h>

#include <exception>
#include <optional>
#include <vector>

namespace evergrant::storage {

class PostgresStoreTest : public ::testing::Test {
protected:
    [[nodiscard]] Store& one() { return engine_.store(); }
    [[nodiscard]] Store& two() {
        engine_.follow_clock();
        return *other_;
    }

    template <class T>
    Result<T> run(Task<Result<T>> call) {
        return evergrant::testing::run_task(context_, std::move(call));
    }

    template <class T>
    static T value_of(Result<T> answer) {
        if (!answer)
            throw std::runtime_error(answer.error().message + " " + answer.error().detail);
        if constexpr (!std::is_void_v<T>)
            return std::move(*answer);
    }

    template <class T>
    T ask(Task<Result<T>> call) {
        return value_of(run(std::move(call)));
    }

    /// All calls at once; their values in order.
    template <class T>
    std::vector<T> ask_all(std::vector<Task<Result<T>>> calls) {
        std::vector<std::optional<Result<T>>> answers(calls.size());
        std::size_t answered = 0;
        for (std::size_t i = 0; i < calls.size(); ++i)
            boost::asio::co_spawn(context_, std::move(calls[i]), [&, i](std::exception_ptr, Result<T> answer) {
                answers[i].emplace(std::move(answer));
                ++answered;
            });
        context_.restart();
        while (answered < calls.size() && context_.run_one() != 0) {}
        std::vector<T> values;
        for (auto& answer : answers)
            values.push_back(value_of(std::move(answer.value())));
        return values;
    }

    LeaseAnswer lease_asked(Store& store, const std::string& owner) {
        return ask(store.take_lease({some_key, owner, lease_duration, 0}));
    }
    Lease leased(Store& store, const std::string& owner) {
        return std::get<LeaseTaken>(lease_asked(store, owner)).lease;
    }
    bool completed(Store& store, const Lease& lease, const std::string& mark) {
        return ask(store.complete_refresh({lease, full_tokens(mark), std::nullopt}));
    }
    std::string access_token_at(Store& store, const ConnectionKey& key = some_key) {
        const auto found = ask(store.find_connection(key));
        return found ? found->tokens.access_token.reveal() : "nothing";
    }

    static constexpr std::chrono::milliseconds lease_duration{30'000};

    boost::asio::io_context context_{1};
    ManualClock clock_{Instant(std::chrono::milliseconds(1'800'000'000'000))};
    PostgresUnderTest engine_{clock_, context_};
    std::unique_ptr<Store> other_{engine_.replica()};
};

}  // namespace evergrant::storage
