#pragma once
//
// PostgresServer: a real PostgreSQL on a free port of 127.0.0.1 and a Unix socket, on a data folder of its own that
// goes with it. It dies with the test program, however that ends. One that all tests of a program share is `shared()`;
// each test takes a database of its own from it.
//
#include "child_process.h"
#include "temporary_folder.h"

#include <arpa/inet.h>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace evergrant::testing {

/// A port of 127.0.0.1 that was free just now.
inline std::uint16_t free_port() {
    const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    const bool bound = ::bind(probe, reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
                       ::getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    ::close(probe);
    if (!bound)
        throw std::runtime_error("no free port");
    return ::ntohs(address.sin_port);
}

/// A plain, blocking connection, for what a test does behind the back of what it tests.
class PlainConnection {
public:
    explicit PlainConnection(const std::string& url) : connection_(::PQconnectdb(url.c_str()), &::PQfinish) {
        if (::PQstatus(connection_.get()) != CONNECTION_OK)
            throw std::runtime_error(::PQerrorMessage(connection_.get()));
    }

    /// The first value of the first row, or empty. Throws if the server refuses.
    std::string execute(const std::string& sql) {
        const std::unique_ptr<PGresult, decltype(&::PQclear)> result(::PQexec(connection_.get(), sql.c_str()),
                                                                     &::PQclear);
        const ExecStatusType status = ::PQresultStatus(result.get());
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
            throw std::runtime_error(::PQerrorMessage(connection_.get()));
        return ::PQntuples(result.get()) > 0 ? ::PQgetvalue(result.get(), 0, 0) : "";
    }

private:
    std::unique_ptr<PGconn, decltype(&::PQfinish)> connection_;
};

class PostgresServer {
public:
    using Settings = std::vector<std::string>;  ///< "name=value"

    explicit PostgresServer(Settings settings = {}) : settings_(std::move(settings)) {
        make_data_folder();
        start();
    }
    PostgresServer(const PostgresServer&) = delete;
    PostgresServer& operator=(const PostgresServer&) = delete;
    ~PostgresServer() {
        resume();
        stop();
    }

    static PostgresServer& shared() {
        static PostgresServer server;
        return server;
    }

    /// An empty database, by a name that no other server has.
    std::string new_database() {
        std::string name = "test_" + std::to_string(port_) + "_" + std::to_string(++databases_);
        PlainConnection(url("postgres")).execute("CREATE DATABASE " + name);
        return name;
    }

    /// Over TCP, without TLS.
    [[nodiscard]] std::string url(const std::string& database) const {
        return url_through(port_, database) + "?sslmode=disable";
    }
    /// Over TCP to another port, say a relay's; libpq's parameters may be appended with `?`.
    [[nodiscard]] static std::string url_through(std::uint16_t port, const std::string& database) {
        return "postgresql://postgres@127.0.0.1:" + std::to_string(port) + "/" + database;
    }
    [[nodiscard]] std::string socket_url(const std::string& database) const {
        return "postgresql:///" + database + "?user=postgres&host=" + folder_.path().string() +
               "&port=" + std::to_string(port_);
    }
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

    /// Of the server, which is its own root: for 127.0.0.1 and localhost.
    [[nodiscard]] std::string certificate() const { return (folder_.path() / "certificate.pem").string(); }

    /// Stops every process of the server where it stands; kernels go on answering for them.
    void pause() const { signal_all(SIGSTOP); }
    void resume() const { signal_all(SIGCONT); }

    /// Ends every session and the server; the data stay.
    void stop() {
        if (server_ && !stopped()) {
            ::kill(server_->pid(), SIGINT);
            server_->wait();
        }
        server_.reset();
    }

    /// On the same port and data.
    void start() {
        constexpr int enough = 10;
        for (int attempt = 0; attempt < enough; ++attempt) {
            if (port_ == 0)
                port_ = free_port();
            if (try_to_start())
                return;
        }
        std::ifstream log(folder_.path() / "log");
        throw std::runtime_error("PostgreSQL does not start: " +
                                 std::string(std::istreambuf_iterator<char>(log), std::istreambuf_iterator<char>()));
    }

    /// `command` as what it is run as: PostgreSQL does not run as root. It dies with this program.
    static std::vector<std::string> as_its_user(std::vector<std::string> command) {
        std::vector<std::string> words{"setpriv", "--pdeathsig", "QUIT"};
        if (::geteuid() == 0)
            words.insert(words.end(), {"--reuid", "postgres", "--regid", "postgres", "--clear-groups"});
        words.insert(words.end(), command.begin(), command.end());
        return words;
    }

    static void give_to_its_user(const std::filesystem::path& path) {
        if (::geteuid() != 0)
            return;
        const passwd* const user = ::getpwnam("postgres");
        if (user == nullptr || ::chown(path.c_str(), user->pw_uid, user->pw_gid) != 0)
            throw std::runtime_error("no user postgres");
    }

    void start_if_stopped() {
        if (!server_ || stopped())
            start();
    }

private:
    static std::string program(const std::string& name) {
        std::filesystem::path best;
        std::error_code none;
        for (const auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql", none)) {
            const auto file = version.path() / "bin" / name;
            if (std::filesystem::exists(file) && file > best)
                best = file;
        }
        return best.empty() ? name : best.string();
    }

    [[nodiscard]] std::string data() const { return (folder_.path() / "data").string(); }

    void make_data_folder() {
        give_to_its_user(folder_.path());
        run_to_end(as_its_user({program("initdb"), "-D", data(), "-U", "postgres", "-A", "trust", "-E", "UTF8",
                                "--no-locale", "--no-sync", "--no-instructions"}));
        run_to_end({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "2", "-subj", "/CN=postgres", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
                    "-keyout", (folder_.path() / "key.pem").string(), "-out", certificate()});
        give_to_its_user(folder_.path() / "key.pem");
        give_to_its_user(certificate());
        // The role scram must show a password, whatever comes before.
        std::ofstream(data() + "/pg_hba.conf") << "host all scram 127.0.0.1/32 scram-sha-256\n"
                                               << "host all all 127.0.0.1/32 trust\n"
                                               << "local all all trust\n";
    }

    bool try_to_start() {
        std::vector<std::string> command{program("postgres"), "-D", data()};
        Settings settings{"port=" + std::to_string(port_),
                          "listen_addresses=127.0.0.1",
                          "unix_socket_directories=" + folder_.path().string(),
                          "fsync=off",
                          "full_page_writes=off",
                          "autovacuum=off",
                          "max_connections=60",
                          "shared_buffers=16MB",
                          "ssl=on",
                          "ssl_cert_file=" + certificate(),
                          "ssl_key_file=" + (folder_.path() / "key.pem").string()};
        settings.insert(settings.end(), settings_.begin(), settings_.end());
        for (const std::string& setting : settings)
            command.insert(command.end(), {"-c", setting});
        server_.emplace(as_its_user(std::move(command)), (folder_.path() / "log").string());
        const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        while (std::chrono::steady_clock::now() < give_up) {
            if (::PQping(socket_url("postgres").c_str()) == PQPING_OK)
                return true;
            if (stopped())
                return false;
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        return false;
    }

    [[nodiscard]] bool stopped() { return server_->ended(); }

    void signal_all(int signal) const {
        if (!server_)
            return;
        ::kill(server_->pid(), signal);
        std::ifstream children("/proc/" + std::to_string(server_->pid()) + "/task/" + std::to_string(server_->pid()) +
                               "/children");
        for (pid_t child = 0; children >> child;)
            ::kill(child, signal);
    }

    TemporaryFolder folder_;
    Settings settings_;
    std::uint16_t port_{0};
    std::optional<ChildProcess> server_;
    unsigned databases_{0};
};

}  // namespace evergrant::testing
