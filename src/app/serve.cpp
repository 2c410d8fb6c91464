#include "app/serve.h"

#include "app/exit_code.h"
#include "app/server.h"
#include "base/log.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <csignal>
#include <iostream>

namespace evergrant::app {

namespace {

/// Tokens live in this memory: no core dump, and no other process of this user may look in.
void keep_memory_private() {
    const rlimit none{.rlim_cur = 0, .rlim_max = 0};
    ::setrlimit(RLIMIT_CORE, &none);
    ::prctl(PR_SET_DUMPABLE, 0);
}

sigset_t ending_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    return signals;
}

/// Every thread started from here on inherits the mask: the signals wait for `wait_for_end`.
void block_ending_signals() {
    const sigset_t signals = ending_signals();
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
}

int wait_for_end() {
    const sigset_t signals = ending_signals();
    int received = 0;
    while (::sigwait(&signals, &received) != 0) {}
    return received;
}

/// From now on the same signals end the process at once: an operator who sends a second one means it.
void let_a_second_signal_end() {
    const sigset_t signals = ending_signals();
    ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

}  // namespace

int serve(const Configuration& configuration) {
    set_log_level(configuration.log_level);
    keep_memory_private();
    block_ending_signals();

    auto opened = Server::open(configuration);
    if (!opened) {
        for (const std::string& problem : opened.error().problems)
            std::cerr << "evergrant: " << problem << '\n';
        return static_cast<int>(opened.error().exit_code);
    }
    Server& server = **opened;
    std::cout << "Evergrant is listening on " << server.url() << std::endl;
    if (configuration.dev)
        std::cerr << "evergrant: warning: --dev allows http and loopback providers; never use it in production\n";

    const int received = wait_for_end();
    log(LogLevel::info, "draining", {{"signal", received == SIGTERM ? "SIGTERM" : "SIGINT"}});
    let_a_second_signal_end();
    server.stop();
    log(LogLevel::info, "stopped");
    return static_cast<int>(ExitCode::ok);
}

}  // namespace evergrant::app
