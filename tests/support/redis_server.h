#pragma once
//
// RedisServer: a real redis-server (or sentinel) of a test's own, on a free port of 127.0.0.1 and on a Unix socket, in
// a temporary folder. Ready when constructed.
//
#include "loopback_client.h"
#include "temporary_folder.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::testing {

/// Runs a program that must succeed.
inline void run_program(std::vector<std::string> command) {
    std::vector<char*> arguments;
    for (std::string& word : command)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    pid_t child = -1;
    const int failed = ::posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    int status = 0;
    if (failed != 0 || ::waitpid(child, &status, 0) != child || status != 0)
        throw std::runtime_error(command.front() + " failed");
}

class RedisServer {
public:
    struct Options {
        std::vector<std::string> settings{};  ///< as on redis-server's command line: "--requirepass", "secret"
        bool tls{false};                      ///< the port speaks TLS, with a certificate of a CA made for this server
        std::string sentinel_of{};            ///< the settings of a sentinel instead: its configuration file's lines
        std::string ready{"Ready to accept connections"};  ///< what it logs when it is
    };

    RedisServer() : RedisServer(Options()) {}
    explicit RedisServer(Options options) : options_(std::move(options)) {
        if (options_.tls)
            make_certificates();
        // Another program may take the free port before the server does.
        for (int tries = 0; !start(free_port()); ++tries)
            if (tries == 5)
                throw std::runtime_error("redis-server does not start");
    }
    ~RedisServer() { kill(); }
    RedisServer(const RedisServer&) = delete;
    RedisServer& operator=(const RedisServer&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
    [[nodiscard]] std::string url() const { return "redis://" + address(); }
    [[nodiscard]] std::string socket() const { return (folder_.path() / "redis.sock").string(); }
    [[nodiscard]] std::string ca_file() const { return (folder_.path() / "ca.pem").string(); }

    void suspend() { ::kill(pid_, SIGSTOP); }
    void resume() { ::kill(pid_, SIGCONT); }

    void kill() {
        if (pid_ < 0)
            return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        std::fclose(output_);
        pid_ = -1;
    }

    /// Starts it again where it was, empty.
    void restart() {
        kill();
        for (int tries = 0; !start(port_); ++tries)
            if (tries == 50)
                throw std::runtime_error("redis-server does not start again");
    }

    /// One command over the Unix socket by redis-cli, which knows nothing of our client; what it prints.
    [[nodiscard]] std::string cli(const std::string& command) const {
        const std::string line = "redis-cli -s '" + socket() + "' " + command + " 2>&1";
        FILE* pipe = ::popen(line.c_str(), "r");
        std::string printed;
        char part[4096];
        for (std::size_t size = 0; (size = std::fread(part, 1, sizeof part, pipe)) > 0;)
            printed.append(part, size);
        ::pclose(pipe);
        while (printed.ends_with('\n'))
            printed.pop_back();
        return printed;
    }

    /// Reads the log on until `text` stands in a line. Blocks.
    void wait_for_log(std::string_view text) {
        if (!read_log_until(text))
            throw std::runtime_error("redis-server ended");
    }

private:
    static std::uint16_t free_port() {
        const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof(address);
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        const bool bound = ::bind(listener, generic, size) == 0 && ::getsockname(listener, generic, &size) == 0;
        ::close(listener);
        // A cluster's bus is 10,000 above.
        const std::uint16_t port = ntohs(address.sin_port);
        return bound && port < 55'000 ? port : free_port();
    }

    [[nodiscard]] std::vector<std::string> command_line() const {
        const std::string port = std::to_string(port_);
        const std::string folder = folder_.path().string();
        if (!options_.sentinel_of.empty())
            return {"redis-server",
                    folder_.write("sentinel.conf", "port " + port + "\nbind 127.0.0.1\ndir " + folder +
                                                       "\nunixsocket " + socket() + "\n" + options_.sentinel_of),
                    "--sentinel"};
        std::vector<std::string> command{"redis-server",
                                         "--bind",
                                         "127.0.0.1",
                                         "--port",
                                         options_.tls ? "0" : port,
                                         "--unixsocket",
                                         socket(),
                                         "--dir",
                                         folder,
                                         "--save",
                                         "",
                                         "--appendonly",
                                         "no",
                                         "--daemonize",
                                         "no",
                                         "--databases",
                                         "16",
                                         "--repl-diskless-sync-delay",
                                         "0"};
        if (options_.tls)
            for (const std::string& word :
                 {std::string("--tls-port"), port, std::string("--tls-auth-clients"), std::string("no"),
                  std::string("--tls-ca-cert-file"), ca_file(), std::string("--tls-cert-file"), file("server.pem"),
                  std::string("--tls-key-file"), file("server.key")})
                command.push_back(word);
        command.insert(command.end(), options_.settings.begin(), options_.settings.end());
        return command;
    }

    bool start(std::uint16_t port) {
        port_ = port;
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0)
            throw std::runtime_error("no pipe");
        std::vector<std::string> command = command_line();
        std::vector<char*> arguments;
        for (std::string& word : command)
            arguments.push_back(word.data());
        arguments.push_back(nullptr);
        posix_spawn_file_actions_t actions;
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
        ::posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
        const int failed = ::posix_spawnp(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ);
        ::posix_spawn_file_actions_destroy(&actions);
        ::close(ends[1]);
        if (failed != 0)
            throw std::runtime_error("redis-server is not installed");
        output_ = ::fdopen(ends[0], "r");
        if (read_log_until(options_.ready))
            return true;
        kill();
        return false;
    }

    bool read_log_until(std::string_view text) {
        char line[1024];
        while (std::fgets(line, sizeof line, output_) != nullptr)
            if (std::string_view(line).contains(text))
                return true;
        return false;
    }

    [[nodiscard]] std::string file(const char* name) const { return (folder_.path() / name).string(); }

    void make_certificates() const {
        run_program({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                     "-days", "2", "-subj", "/CN=a CA of a test", "-keyout", file("ca.key"), "-out", file("ca.pem")});
        run_program({"openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
                     "/CN=redis", "-keyout", file("server.key"), "-out", file("server.csr")});
        folder_.write("names", "subjectAltName=IP:127.0.0.1\n");
        run_program({"openssl", "x509", "-req", "-in", file("server.csr"), "-CA", file("ca.pem"), "-CAkey",
                     file("ca.key"), "-CAcreateserial", "-days", "2", "-extfile", file("names"), "-out",
                     file("server.pem")});
    }

    Options options_;
    TemporaryFolder folder_;
    std::uint16_t port_{0};
    pid_t pid_{-1};
    FILE* output_{nullptr};
};

}  // namespace evergrant::testing
