#pragma once
//
// TlsServer: a TLS server on 127.0.0.1, a program of its own, with a self-signed certificate made when it starts.
//
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace evergrant::testing {

class TlsServer {
public:
    /// `openssl s_server`, which answers every GET with a page about the TLS session.
    /// `subject_alternative_name` as OpenSSL writes it: "IP:127.0.0.1". `options` are s_server's.
    explicit TlsServer(const std::string& subject_alternative_name, const std::vector<std::string>& options = {}) {
        make_certificate(subject_alternative_name);
        std::vector<std::string> command{"openssl", "s_server", "-accept", "127.0.0.1:0", "-www",
                                         "-key",    key(),      "-cert",   certificate()};
        command.insert(command.end(), options.begin(), options.end());
        serve(command);
    }

    /// http2_server.mjs, for 127.0.0.1.
    struct Http2 {};
    explicit TlsServer(Http2) {
        make_certificate("IP:127.0.0.1");
        serve({"node", EVERGRANT_SOURCE_DIR "/tests/support/http2_server.mjs", key(), certificate()});
    }

    ~TlsServer() {
        ::kill(server_, SIGKILL);
        ::waitpid(server_, nullptr, 0);
        std::fclose(output_);
        std::filesystem::remove_all(folder_);
    }
    TlsServer(const TlsServer&) = delete;
    TlsServer& operator=(const TlsServer&) = delete;

    /// The file of the server's certificate, which is its own root.
    [[nodiscard]] std::string certificate() const { return (folder_ / "certificate.pem").string(); }

    [[nodiscard]] std::string url(const std::string& path = "/") const { return "https://127.0.0.1:" + port_ + path; }

    /// The file of its private key.
    [[nodiscard]] std::string key() const { return (folder_ / "key.pem").string(); }

private:
    void make_certificate(const std::string& subject_alternative_name) {
        std::string name = (std::filesystem::temp_directory_path() / "tls-server-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr)
            throw std::runtime_error("no temporary folder");
        folder_ = name;
        const pid_t maker =
            start({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                   "-days", "2", "-subj", "/CN=tls-server", "-addext", "subjectAltName=" + subject_alternative_name,
                   "-keyout", key(), "-out", certificate()},
                  -1);
        int status = 0;
        if (::waitpid(maker, &status, 0) != maker || status != 0)
            throw std::runtime_error("openssl made no certificate");
    }

    void serve(const std::vector<std::string>& command) {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0)
            throw std::runtime_error("no pipe");
        server_ = start(command, ends[1]);
        ::close(ends[1]);
        output_ = ::fdopen(ends[0], "r");
        read_port();
    }

    static pid_t start(std::vector<std::string> command, int output) {
        std::vector<char*> arguments;
        for (std::string& word : command)
            arguments.push_back(word.data());
        arguments.push_back(nullptr);
        posix_spawn_file_actions_t actions;
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
        ::posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
        if (output >= 0)
            ::posix_spawn_file_actions_adddup2(&actions, output, 1);
        pid_t child = -1;
        const int failed = ::posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
        ::posix_spawn_file_actions_destroy(&actions);
        if (failed != 0)
            throw std::runtime_error(command.front() + " does not start");
        return child;
    }

    void read_port() {
        char line[512];
        while (std::fgets(line, sizeof(line), output_) != nullptr) {
            const std::string text(line);
            if (!text.starts_with("ACCEPT"))
                continue;
            port_ = text.substr(text.rfind(':') + 1);
            port_.erase(port_.find_last_not_of("\r\n ") + 1);
            return;
        }
        throw std::runtime_error("the TLS server does not listen");
    }

    std::filesystem::path folder_;
    pid_t server_{-1};
    FILE* output_{nullptr};
    std::string port_;
};

}  // namespace evergrant::testing
