#pragma once
//
// TlsServer: `openssl s_server` on 127.0.0.1 with a self-signed certificate of its own, made when it starts.
// It answers every GET with a page about the TLS session.
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
    /// `subject_alternative_name` as OpenSSL writes it: "IP:127.0.0.1". `options` are s_server's.
    explicit TlsServer(const std::string& subject_alternative_name, std::vector<std::string> options = {}) {
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

        std::vector<std::string> command{"openssl", "s_server", "-accept", "127.0.0.1:0", "-www",
                                         "-key",    key(),      "-cert",   certificate()};
        command.insert(command.end(), options.begin(), options.end());
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0)
            throw std::runtime_error("no pipe");
        server_ = start(command, ends[1]);
        ::close(ends[1]);
        output_ = ::fdopen(ends[0], "r");
        read_port();
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

    [[nodiscard]] std::string url(const std::string& host = "127.0.0.1") const {
        return "https://" + host + ":" + port_ + "/";
    }

private:
    [[nodiscard]] std::string key() const { return (folder_ / "key.pem").string(); }

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
            throw std::runtime_error("openssl does not start");
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
        throw std::runtime_error("openssl s_server does not listen");
    }

    std::filesystem::path folder_;
    pid_t server_{-1};
    FILE* output_{nullptr};
    std::string port_;
};

}  // namespace evergrant::testing
