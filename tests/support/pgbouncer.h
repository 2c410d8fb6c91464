#pragma once
//
// Pgbouncer: a pooler in transaction mode before a PostgresServer, on a free port of 127.0.0.1.
//
#include "child_process.h"
#include "postgres_server.h"
#include "temporary_folder.h"

#include <libpq-fe.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

namespace evergrant::testing {

class Pgbouncer {
public:
    [[nodiscard]] static bool is_installed() { return std::filesystem::exists(program); }

    /// `sessions`: how many of the server's all clients share.
    Pgbouncer(std::uint16_t server_port, unsigned sessions) : port_(free_port()) {
        folder_.write("users", "\"postgres\" \"\"\n");
        const std::string settings = folder_.write(
            "settings", "[databases]\n* = host=127.0.0.1 port=" + std::to_string(server_port) +
                            "\n[pgbouncer]\nlisten_addr=127.0.0.1\nlisten_port=" + std::to_string(port_) +
                            "\nunix_socket_dir=\nauth_type=trust\nauth_file=" + (folder_.path() / "users").string() +
                            "\npool_mode=transaction\ndefault_pool_size=" + std::to_string(sessions) +
                            "\nserver_round_robin=1\nmin_pool_size=" + std::to_string(sessions) +
                            "\nserver_login_retry=0.2\nquery_wait_timeout=2\n");
        PostgresServer::give_to_its_user(folder_.path());
        PostgresServer::give_to_its_user(folder_.path() / "users");
        PostgresServer::give_to_its_user(settings);
        process_.emplace(PostgresServer::as_its_user({program, "-q", settings}), (folder_.path() / "log").string());
        const std::string url = PostgresServer::url_through(port_, "postgres");
        const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        while (::PQping(url.c_str()) != PQPING_OK) {
            if (process_->ended() || std::chrono::steady_clock::now() > give_up)
                throw std::runtime_error("pgbouncer does not start");
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
    }

    [[nodiscard]] std::string url(const std::string& database) const {
        return PostgresServer::url_through(port_, database) + "?sslmode=disable";
    }

private:
    static constexpr const char* program = "/usr/sbin/pgbouncer";

    TemporaryFolder folder_;
    std::uint16_t port_;
    std::optional<ChildProcess> process_;
};

}  // namespace evergrant::testing
