#pragma once
//
// ChildProcess: a program that a test runs beside itself. What it prints goes to a file.
//
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace evergrant::testing {

class ChildProcess {
public:
    explicit ChildProcess(std::vector<std::string> command, const std::string& output = "/dev/null") {
        std::vector<char*> arguments;
        for (std::string& word : command)
            arguments.push_back(word.data());
        arguments.push_back(nullptr);
        posix_spawn_file_actions_t actions;
        ::posix_spawn_file_actions_init(&actions);
        constexpr mode_t owner_only = 0600;
        ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_WRONLY | O_CREAT | O_APPEND, owner_only);
        ::posix_spawn_file_actions_adddup2(&actions, 1, 2);
        const int failed = ::posix_spawnp(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ);
        ::posix_spawn_file_actions_destroy(&actions);
        if (failed != 0)
            throw std::runtime_error(command.front() + " does not start");
    }
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;
    ~ChildProcess() {
        if (!ended_)
            ::kill(pid_, SIGKILL);
        wait();
    }

    [[nodiscard]] pid_t pid() const noexcept { return pid_; }

    [[nodiscard]] bool ended() {
        if (!ended_)
            ended_ = ::waitpid(pid_, &status_, WNOHANG) == pid_;
        return ended_;
    }

    /// Waits for its end. Its exit status; 0 is success.
    int wait() {
        if (!ended_)
            ended_ = ::waitpid(pid_, &status_, 0) == pid_;
        return status_;
    }

private:
    pid_t pid_{-1};
    int status_{-1};
    bool ended_{false};
};

inline void run_to_end(std::vector<std::string> command) {
    const std::string name = command.front();
    if (ChildProcess(std::move(command)).wait() != 0)
        throw std::runtime_error(name + " failed");
}

}  // namespace evergrant::testing
