#pragma once
//
// PostgresNews: the news between replicas by LISTEN and NOTIFY, for deployments without Redis. One connection for the
// process, which stays in one session: its URL leads to the server itself, or to a pooler in session mode.
// A message is who tells, and a piece of news (news.h), `gap` where some were dropped untold, or `probe` and a token.
// What cannot be read is taken as a gap.
//
#include "async/shard.h"
#include "cache/news.h"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace evergrant::storage::postgres {

struct PostgresNewsOptions {
    std::string url;  ///< libpq's, as a pool's
    std::chrono::milliseconds connect_timeout{5'000};
    std::chrono::milliseconds answer_timeout{5'000};
    std::chrono::milliseconds silence{5'000};       ///< after which the server is asked whether it is still there
    std::chrono::milliseconds probe_every{10'000};  ///< without news, a word told elsewhere must arrive here
    std::size_t queue_limit{10'000};                ///< messages to be told; of more, the oldest are told as a gap; > 0
};

/// Runs on `shard`, and calls the listener there; ends with its drain. What could not be told because the connection
/// broke is told again: a message may come twice.
class PostgresNews final : public cache::NewsChannel {
public:
    /// Throws std::runtime_error if the URL cannot be read.
    PostgresNews(async::Shard& shard, PostgresNewsOptions options);
    ~PostgresNews() override;
    PostgresNews(const PostgresNews&) = delete;
    PostgresNews& operator=(const PostgresNews&) = delete;

    void start(Listener listener) override;
    void publish(cache::News news) override;
    [[nodiscard]] bool live() const noexcept override;

private:
    class State;
    async::Shard& shard_;
    std::shared_ptr<State> state_;
};

}  // namespace evergrant::storage::postgres
