#pragma once
//
// Server: all parts of a running Evergrant, opened in order and stopped in the other. The only place that knows all of
// them.
//
#include "app/configuration.h"
#include "app/exit_code.h"
#include "app/provider_environment.h"

#include <expected>
#include <memory>
#include <string>
#include <vector>

namespace evergrant::app {

/// Why a server does not start: sentences for the operator, and what the process says by its exit status.
struct StartFailure {
    std::vector<std::string> problems;
    ExitCode exit_code{ExitCode::failed};
};

class Server {
public:
    /// Opens store and journal, writes what an earlier process left, and listens.
    [[nodiscard]] static std::expected<std::unique_ptr<Server>, StartFailure> open(const Configuration& configuration);

    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Where it listens: `http://127.0.0.1:3000`.
    [[nodiscard]] const std::string& url() const noexcept;

    /// Stops accepting, lets requests and refreshes under way finish, closes the store. Bounded by the time that one
    /// refresh may take.
    void stop();

private:
    struct Parts;
    explicit Server(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace evergrant::app
