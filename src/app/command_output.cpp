#include "app/command_output.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

extern char** environ;

namespace evergrant::app {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t most_bytes = std::size_t{64} * 1024;

/// The end of a pipe that is read.
class Reader {
public:
    explicit Reader(int descriptor) : descriptor_(descriptor) {}
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    ~Reader() { ::close(descriptor_); }

    /// Until the other end is closed. Errors: a predicate.
    std::expected<std::string, std::string> read_all(Clock::time_point until) const {
        std::string text;
        text.reserve(most_bytes);  // no copy of it is left behind by growing
        std::array<char, 4096> part;
        for (;;) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
            pollfd waiting{.fd = descriptor_, .events = POLLIN, .revents = 0};
            if (left.count() <= 0 || ::poll(&waiting, 1, static_cast<int>(left.count())) == 0)
                return give_up(text, "did not end in time");
            const ssize_t size = ::read(descriptor_, part.data(), part.size());
            if (size < 0 && errno == EINTR)
                continue;
            if (size < 0)
                return give_up(text, "cannot be read from");
            if (size == 0)
                break;
            if (text.size() + static_cast<std::size_t>(size) > most_bytes)
                return give_up(text, "prints more than 64 KiB");
            text.append(part.data(), static_cast<std::size_t>(size));
            wipe(part.data(), part.size());
        }
        return text;
    }

private:
    static std::unexpected<std::string> give_up(std::string& text, std::string_view why) {
        wipe(text.data(), text.size());
        return std::unexpected(std::string(why));
    }

    int descriptor_;
};

/// The program in a process group of its own, so that what it started ends with it.
std::expected<pid_t, std::string> start(const std::vector<std::string>& words, int output) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    std::vector<char*> arguments;
    for (const std::string& word : words)
        arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    pid_t child = 0;
    const int failed = ::posix_spawnp(&child, arguments.front(), &actions, &attributes, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
    if (failed != 0)
        return std::unexpected("cannot be started: " + std::string(std::strerror(failed)));
    return child;
}

/// Waits for the end of the program, and ends it itself once the time is over.
int status_of(pid_t child, Clock::time_point until) {
    int status = 0;
    while (::waitpid(child, &status, WNOHANG) == 0) {
        if (Clock::now() >= until)
            ::kill(-child, SIGKILL);
        ::poll(nullptr, 0, 5);
    }
    return status;
}

}  // namespace

std::expected<std::vector<std::string>, std::string> words_of(const std::string& command) {
    std::vector<std::string> words;
    bool in_word = false;
    char quote = '\0';
    for (const char c : command) {
        const bool blank = c == ' ' || c == '\t';
        if (quote == '\0' && blank) {
            in_word = false;
            continue;
        }
        if (!std::exchange(in_word, true))
            words.emplace_back();
        if (c == quote)
            quote = '\0';
        else if (quote == '\0' && (c == '"' || c == '\''))
            quote = c;
        else
            words.back() += c;
    }
    if (quote != '\0')
        return std::unexpected("has a quote that is not closed");
    if (words.empty() || words.front().empty())
        return std::unexpected("names no program");
    return words;
}

std::expected<SecretString, std::string> output_of_command(const std::string& command,
                                                           std::chrono::milliseconds limit) {
    const auto until = Clock::now() + limit;
    const auto words = words_of(command);
    if (!words)
        return std::unexpected(words.error());
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        return std::unexpected("cannot be started: " + std::string(std::strerror(errno)));
    const Reader reader(ends[0]);
    const auto child = start(*words, ends[1]);
    ::close(ends[1]);
    if (!child)
        return std::unexpected(child.error());
    auto text = reader.read_all(until);
    const int status = status_of(*child, text ? until : Clock::now());
    if (!text)
        return std::unexpected(std::move(text).error());
    SecretString output(std::move(*text));
    if (!WIFEXITED(status))
        return std::unexpected("was ended by a signal");
    if (WEXITSTATUS(status) != 0)
        return std::unexpected("ended with status " + std::to_string(WEXITSTATUS(status)));
    return output;
}

}  // namespace evergrant::app
