#pragma once
//
// Finding a server: resolves the hosts of a WireSettings and tries them one by one, beginning with the one that was
// good last, until one connects and is what the settings ask for (by default: takes writes).
//
#include "storage/postgres/wire_connection.h"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>

namespace evergrant::storage::postgres {

/// A connection that is ready, or why there is none: what each host said.
struct WireAttempt {
    std::unique_ptr<WireConnection> connection;
    std::string host;  ///< `host:port/database`
    std::string trouble;
};

/// Thread: one io_context's.
class WireConnector {
public:
    WireConnector(boost::asio::io_context& context, WireSettings settings)
        : context_(context), settings_(std::move(settings)) {}

    [[nodiscard]] const WireSettings& settings() const noexcept { return settings_; }

    /// One attempt over all hosts, within the settings' connect_timeout: each host gets an equal share of what is left.
    /// Lifetime: the connector outlives it.
    [[nodiscard]] async::Task<WireAttempt> connect();

    /// The server found last is of no use after all: the next attempt begins with another.
    void distrust() noexcept { first_ = (first_ + 1) % settings_.hosts().size(); }

    /// Ends the attempt under way and refuses further ones.
    void stop() noexcept;

private:
    [[nodiscard]] async::Task<bool> try_host(std::size_t index, async::Deadline deadline, WireAttempt* attempt);
    [[nodiscard]] async::Task<std::vector<std::string>> addresses_of(const WireHost* host, async::Deadline deadline);

    boost::asio::io_context& context_;
    const WireSettings settings_;
    std::size_t first_{0};
    WireConnection* opening_{nullptr};
    bool stopped_{false};
};

}  // namespace evergrant::storage::postgres
